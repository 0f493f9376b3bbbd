// A client process of the benchmarks: one variant, given by name, that does the jobs its parent sends.
import type { Job, Ports, Result } from "./protocol.ts";
import { type ListUsers, variants } from "./variants.ts";

const [name = "", ports = ""] = process.argv.slice(2);
const variant = variants[name];
if (variant === undefined) throw new Error(`There is no variant ${name}`);
const { small, large } = JSON.parse(ports) as Ports;
const list = {
  small: await variant(`http://127.0.0.1:${small}`),
  large: await variant(`http://127.0.0.1:${large}`),
};

async function run(listUsers: ListUsers, { calls, inFlight }: Job): Promise<Result> {
  let started = 0;
  const worker = async () => {
    while (started < calls) {
      started += 1;
      await listUsers();
    }
  };
  const cpu = process.cpuUsage();
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, worker));
  const { user, system } = process.cpuUsage(cpu);
  return {
    cpuUsPerCall: (user + system) / calls,
    callsPerSecond: (1000 * calls) / (performance.now() - start),
  };
}

process.on("message", async (job: Job) => process.send?.(await run(list[job.size], job)));
process.send?.("ready");
