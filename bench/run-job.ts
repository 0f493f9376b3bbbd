import { GCProfiler } from "node:v8";
import type { Load, Result } from "./protocol.ts";

/** Makes as many calls as a job says, and reports what they cost. */
export async function runJob(call: () => Promise<unknown>, { calls, inFlight }: Load): Promise<Result> {
  let started = 0;
  const worker = async () => {
    while (started < calls) {
      started += 1;
      await call();
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

/** Counts the bytes that JavaScript allocates from now on: what was freed, plus what was added. */
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
