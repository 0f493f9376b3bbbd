// What has become of the calls of a scenario.
import { OFFERED, SLOW_AT, WELL_AT } from "./scenarios.ts";
import type { SimulatedCall } from "./simulation.ts";

/** So late that the queue is what it will be. */
const SETTLED_AT = (SLOW_AT + WELL_AT) / 2;
const WINDOW_MS = 5000;
const STEP_MS = 500;
const WATCHED_MS = 60_000;

export interface Summary {
  /** Not aborted by their callers, and without a response. */
  readonly failed: number;
  readonly failedOfBatch: number;
  /** Responses in time for each second while the server is slow. */
  readonly usefulPerSecond: number;
  /** Of the responses while the server is slow, and of all. */
  readonly medianSlowMs: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** How long after the server's recovery there are as many responses in time as calls are offered. */
  readonly usefulAfterMs: number;
  /** How long after the server's recovery half of the new calls are answered within a second. */
  readonly promptAfterMs: number;
}

export function summarize(calls: readonly SimulatedCall[]): Summary {
  const done = calls.filter(({ state }) => state === "done");
  const slow = done.filter(({ endedAt }) => endedAt >= SETTLED_AT && endedAt < WELL_AT);
  const failed = calls.filter(({ state }) => state === "expired" || state === "refused");
  return {
    failed: failed.length,
    failedOfBatch: failed.filter(({ batch }) => batch).length,
    usefulPerSecond: (1000 * slow.length) / (WELL_AT - SETTLED_AT),
    medianSlowMs: quantile(slow.map(latency), 0.5),
    medianMs: quantile(done.map(latency), 0.5),
    p99Ms: quantile(done.map(latency), 0.99),
    usefulAfterMs: lastMoment((from) => countEnded(done, from) < 0.9 * WINDOW_MS * (OFFERED / 1000)),
    promptAfterMs: lastMoment((from) => medianOfNew(calls, from) > 1000),
  };
}

function latency({ startsAt, endedAt }: SimulatedCall): number {
  return endedAt - startsAt;
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN;
}

/** The end of the time after the recovery in which `isBad` holds now and then. */
function lastMoment(isBad: (from: number) => boolean): number {
  let last = 0;
  for (let after = 0; after < WATCHED_MS; after += STEP_MS)
    if (isBad(WELL_AT + after)) last = after + STEP_MS;
  return last;
}

function countEnded(done: readonly SimulatedCall[], from: number): number {
  return done.filter(({ endedAt }) => endedAt >= from && endedAt < from + WINDOW_MS).length;
}

function medianOfNew(calls: readonly SimulatedCall[], from: number): number {
  const fresh = calls.filter(
    ({ startsAt, batch }) => !batch && startsAt >= from && startsAt < from + STEP_MS,
  );
  return quantile(
    fresh.map((call) => (call.state === "done" ? latency(call) : Number.POSITIVE_INFINITY)),
    0.5,
  );
}
