// A process that makes one first call, of the variant that is given by name, when its parent says so.
//
// All that is not the network is over by then: modules are loaded, the client is constructed, and Node has read
// its root certificates. What these take depends on the machine (a hundred milliseconds and more, while others use
// it too), happens once for a process whatever is called, and would hide what is asked here: how often the first
// call has to wait for the server. `bench/import.ts` has what loading costs.
import { once } from "node:events";
import * as tls from "node:tls";
import { type Access, variants } from "./variants.ts";

/** What the first call took. */
export interface FirstCallResult {
  readonly users: number;
  readonly elapsedMs: number;
  /** How long the processor was at work, in all threads. */
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
