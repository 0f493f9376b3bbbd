// The outcome of the calls of a scenario.
import { OFFERED, SLOW_AT, WELL_AT } from "./scenarios.ts";
import type { SimulatedCall } from "./simulation.ts";

/** Late enough for the queue to be in its steady state. */
const SETTLED_AT = (SLOW_AT + WELL_AT) / 2;
const WINDOW_MS = 5000;
const STEP_MS = 500;
const WATCHED_MS = 60_000;

const PROMPT_MS = 1000;

export interface Summary {
  /** The fraction of calls that got no response, although their callers waited. */
  readonly failed: number;
  readonly failedOfBatch: number;
  /** Of the calls that belong to no batch, the fraction that got a response within a second. */
  readonly prompt: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

export function summarize(calls: readonly SimulatedCall[]): Summary {
  const done = calls.filter(({ state }) => state === "done");
  const failed = calls.filter(({ state }) => state === "expired" || state === "refused");
  const single = calls.filter(({ batch }) => !batch);
  const latencies = done.map(latency);
  return {
    failed: failed.length,
    failedOfBatch: failed.filter(({ batch }) => batch).length,
    prompt: single.filter((call) => latency(call) <= PROMPT_MS).length / single.length,
    medianMs: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

export interface SlowSummary {
  /** Responses in time per second, while the server is slow. */
  readonly usefulPerSecond: number;
  /** The fraction of those. */
  readonly medianMs: number;
  /** How long after the server's recovery until there are as many responses in time as calls are offered. */
  readonly usefulAfterMs: number;
  /** How long after the server's recovery until half of the new calls get a response within a second. */
  readonly promptAfterMs: number;
}

/** For a scenario in which the server is slow for a while. */
export function summarizeSlow(calls: readonly SimulatedCall[]): SlowSummary {
  const done = calls.filter(({ state }) => state === "done");
  const slow = done.filter(({ endedAt }) => endedAt >= SETTLED_AT && endedAt < WELL_AT);
  return {
    usefulPerSecond: (1000 * slow.length) / (WELL_AT - SETTLED_AT),
    medianMs: quantile(slow.map(latency), 0.5),
    usefulAfterMs: lastMoment((from) => countEnded(done, from) < 0.9 * WINDOW_MS * (OFFERED / 1000)),
    promptAfterMs: lastMoment((from) => medianOfNew(calls, from) > PROMPT_MS),
  };
}

function latency({ state, startsAt, endedAt }: SimulatedCall): number {
  return state === "done" ? endedAt - startsAt : Number.POSITIVE_INFINITY;
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN;
}

/** When `isBad` holds for the last time after the recovery. */
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
  return quantile(fresh.map(latency), 0.5);
}
