// A process that makes one first call, with the variant that is given by name, when its parent says so.
//
// Everything except the network is done by then: modules are loaded, the client is constructed, and Node has read
// its root certificates. How long that takes depends on the machine (a hundred milliseconds and more if it is
// busy), happens once per process whatever is called, and would hide what is measured here: how often the first
// call has to wait for the server. `bench/import.ts` measures loading.
import { once } from "node:events";
import * as tls from "node:tls";
import { type Access, variants } from "./variants.ts";

/** The cost of the first call. */
export interface FirstCallResult {
  readonly users: number;
  readonly elapsedMs: number;
  /** CPU time, in all threads. */
  readonly cpuMs: number;
}

const [name = "", access = ""] = process.argv.slice(2);
const variant = variants[name];
if (variant === undefined) throw new Error(`There is no variant ${name}`);
const call = await variant.prepare(JSON.parse(access) as Access);
tls.createSecureContext();
process.send?.("ready");
await once(process, "message");

const cpu = process.cpuUsage();
const startedAt = performance.now();
const users = await call();
const elapsedMs = performance.now() - startedAt;
const { user, system } = process.cpuUsage(cpu);
const result: FirstCallResult = { users, elapsedMs, cpuMs: (user + system) / 1000 };
process.send?.(result, () => process.exit());
