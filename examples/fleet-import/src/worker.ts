// Takes chunks from the queue and imports them. Run as many as you like, on any number of machines, and kill them at
// any time. The instance and the credential come from the environment. `npm run worker`; with `-- --once`, it ends when
// there is nothing left to do.
import { setTimeout as sleep } from "node:timers/promises";
import { createZitadel } from "zitadel-connect";
import { FleetPace } from "./fleet-pace.ts";
import { importChunk } from "./import-chunk.ts";
import { CHUNKS, type Chunk, type ChunkResult, openPool, openQueue } from "./queue.ts";

const CHUNKS_AT_ONCE = 2;
const LOOK_MS = 500;

const boss = await openQueue();
await using pool = disposable(openPool());
await using pace = await FleetPace.join(pool);
await using zitadel = createZitadel({ pace: pace.options });

const options = { localConcurrency: CHUNKS_AT_ONCE, pollingIntervalSeconds: 0.5 } as const;
await boss.work<Chunk, ChunkResult>(CHUNKS, options, async ([job]) => {
  if (job === undefined) throw new Error("There is no job");
  return await importChunk(zitadel, boss, job.data, job.signal);
});
console.log("works");

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
await (process.argv.includes("--once") ? untilDone(stop.signal) : aborted(stop.signal));
// Work in progress is finished first.
await boss.stop({ timeout: 60_000 });

async function untilDone(signal: AbortSignal): Promise<void> {
  for (let left = 1; left > 0 && !signal.aborted; ) {
    await sleep(LOOK_MS);
    const [stats] = await boss.getQueueStats(CHUNKS, { force: true });
    left = (stats?.queuedCount ?? 0) + (stats?.activeCount ?? 0);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

function disposable<T extends { end(): Promise<void> }>(one: T): T & AsyncDisposable {
  return Object.assign(one, { [Symbol.asyncDispose]: () => one.end() });
}
