// Profiles one variant: `node --cpu-prof bench/profile.ts [variant] [calls]`, small answers, 64 in flight.
import { fork } from "node:child_process";
import { once } from "node:events";
import type { Ports } from "./protocol.ts";
import { variants } from "./variants.ts";

const [name = "ours, whole pipeline", calls = "40000"] = process.argv.slice(2);
const variant = variants[name];
if (variant === undefined) throw new Error(`There is no variant ${name}`);
const server = fork(new URL("./server.ts", import.meta.url), { execArgv: [] });
const [ports] = (await once(server, "message")) as [Ports];
const list = await variant(`http://127.0.0.1:${ports.small}`);
let left = Number(calls);
const worker = async () => {
  while (left-- > 0) await list();
};
await Promise.all(Array.from({ length: 64 }, worker));
server.kill();
process.exit();
