// A client process of the benchmarks: one variant, given by name, that does the jobs its parent sends.
import { GCProfiler } from "node:v8";
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
  const allocated = countAllocations();
  const cpu = process.cpuUsage();
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, worker));
  const { user, system } = process.cpuUsage(cpu);
  return {
    cpuUsPerCall: (user + system) / calls,
    callsPerSecond: (1000 * calls) / (performance.now() - start),
    kilobytesPerCall: allocated() / 1024 / calls,
  };
}

/** Bytes that JavaScript allocates from now on: what was freed, and what is there in addition. */
function countAllocations(): () => number {
  const profiler = new GCProfiler();
  profiler.start();
  const before = process.memoryUsage().heapUsed;
  return () => {
    const freed = profiler
      .stop()
      .statistics.map(({ beforeGC, afterGC }) => used(beforeGC) - used(afterGC))
      .reduce((sum, bytes) => sum + bytes, 0);
    return process.memoryUsage().heapUsed - before + freed;
  };
}

function used({ heapStatistics }: { heapStatistics: { usedHeapSize: number } }): number {
  return heapStatistics.usedHeapSize;
}

process.on("message", async (job: Job) => process.send?.(await run(list[job.size], job)));
process.send?.("ready");
