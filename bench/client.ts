// A client process of the benchmarks: one variant, given by name, that does the jobs its parent sends.
import type { Job, Ports } from "./protocol.ts";
import { runJob } from "./run-job.ts";
import { variants } from "./variants.ts";

const [name = "", ports = ""] = process.argv.slice(2);
const variant = variants[name];
if (variant === undefined) throw new Error(`There is no variant ${name}`);
const { small, large } = JSON.parse(ports) as Ports;
const list = {
  small: await variant(`http://127.0.0.1:${small}`),
  large: await variant(`http://127.0.0.1:${large}`),
};

process.on("message", async (job: Job) => process.send?.(await runJob(list[job.size], job)));
process.send?.("ready");
