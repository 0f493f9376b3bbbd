// A job with far too many calls at once, alongside calls that somebody waits for, to a server in a process of its own
// that processes ten calls at a time (500 a second): how long both take without a pace, with one, and with a job that
// happens to have the right concurrency. `node bench/pace.ts`, after `npm run generate`.
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { bulk, createZitadel, personalAccessToken, type Zitadel, type ZitadelOptions } from "../src/index.ts";
import { median } from "./median.ts";
import type { Workers } from "./overload/protocol.ts";

const CALLS = 4_000;
const WORKERS = 10;
const EVERY_MS = 50;

interface Variant {
  readonly options: ZitadelOptions;
  readonly concurrency: number;
}

const VARIANTS: Readonly<Record<string, Variant>> = {
  "no pace, 300 at once": { options: {}, concurrency: 300 },
  "pace: {}, 300 at once": { options: { pace: {} }, concurrency: 300 },
  "no pace, 10 at once": { options: {}, concurrency: 10 },
};

async function run({ options, concurrency }: Variant): Promise<{ seconds: number; latencies: number[] }> {
  const server = fork(new URL("./overload/server.ts", import.meta.url));
  try {
    const [port] = await once(server, "message");
    server.send({ workers: WORKERS } satisfies Workers);
    const auth = personalAccessToken({ token: "a-token" });
    await using zitadel = createZitadel({ url: `http://127.0.0.1:${port}`, auth, ...options });
    const startedAt = performance.now();
    const ids = Array.from({ length: CALLS }, (_, index) => String(index));
    const job = bulk(ids, (userId) => zitadel.user.v2.getUserByID({ userId }), { concurrency });
    const latencies = await callUntil(job, zitadel);
    return { seconds: (performance.now() - startedAt) / 1000, latencies };
  } finally {
    server.kill();
  }
}

/** The durations of calls that are made while a job runs. */
async function callUntil(job: Promise<unknown>, zitadel: Zitadel): Promise<number[]> {
  const done = new AbortController();
  const calls: Promise<number>[] = [];
  const ended = job.finally(() => done.abort());
  while (!done.signal.aborted) {
    const at = performance.now();
    calls.push(zitadel.user.v2.getUserByID({ userId: "1" }).then(() => performance.now() - at));
    await sleep(EVERY_MS);
  }
  await ended;
  return await Promise.all(calls);
}

const rows: Record<string, object> = {};
let best = Number.POSITIVE_INFINITY;
for (const [name, variant] of Object.entries(VARIANTS)) {
  const { seconds, latencies } = await run(variant);
  best = Math.min(best, seconds);
  const sorted = latencies.toSorted((a, b) => a - b);
  rows[name] = {
    "job, s": Number(seconds.toFixed(2)),
    "calls/s": Math.round(CALLS / seconds),
    "others p50 ms": Math.round(median(sorted)),
    "others p99 ms": Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN),
  };
}
console.log(`A job of ${CALLS} calls, and a call every ${EVERY_MS} ms alongside it`);
console.table(rows);
