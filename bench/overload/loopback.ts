// The same over HTTP/2: this package's calls to a server in a process of its own that becomes slow, and for comparison
// calls behind a first-in-first-out limit.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { createConnection } from "../../src/transport/connection.ts";
import { median } from "../median.ts";
import { STREAMS, type Workers } from "./protocol.ts";

const OFFERED = 200;
const TICK_MS = 50;
const DEADLINE_MS = 3000;
/** 300 calls a second, 50, and 300 again. */
const PHASES = [
  { workers: 6, ms: 3000 },
  { workers: 1, ms: 12_000 },
  { workers: 6, ms: 8000 },
] as const;
const WELL_AT = PHASES[0].ms + PHASES[1].ms;
/** Late enough for the queue to be in its steady state. */
const SETTLED_AT = PHASES[0].ms + DEADLINE_MS;
const WINDOW_MS = 500;
const STEP_MS = 250;
const PROMPT_MS = 1000;

type CallWithin = (timeoutMs: number) => Promise<unknown>;

interface Outcome {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly ok: boolean;
}

export async function runOverLoopback(): Promise<void> {
  console.log(
    `\nOver loopback: ${STREAMS} streams, ${OFFERED} calls/s with ${DEADLINE_MS} ms, 300/s, 50/s, 300/s`,
  );
  const rows: Record<string, object> = {};
  rows["first in, first out"] = await run(firstInFirstOut);
  rows["this package"] = await run((call) => call);
  console.table(rows);
}

async function run(limit: (call: CallWithin) => CallWithin): Promise<object> {
  const server = fork(new URL("./server.ts", import.meta.url));
  try {
    const [port] = await once(server, "message");
    const connection = createConnection({
      origin: `http://127.0.0.1:${port}`,
      protocol: "auto",
      httpVersion: "auto",
      headers: new Headers(),
      tls: {},
      proxy: "none",
      maxConnections: 1,
    });
    const users = createClient(UserService, connection.createTransport({ interceptors: [] }));
    const call = limit((timeoutMs) => users.getUserByID({ userId: "1" }, { timeoutMs }));
    const outcomes = await offer(server, call);
    connection.close();
    return describe(outcomes);
  } finally {
    server.kill();
  }
}

/** Runs as many calls at a time as there are streams, in the order in which they came. */
function firstInFirstOut(call: CallWithin): CallWithin {
  const pending: (() => void)[] = [];
  let running = 0;
  return async (timeoutMs) => {
    const startedAt = performance.now();
    if (running < STREAMS) running += 1;
    else await new Promise<void>((resolve) => pending.push(resolve));
    try {
      const leftMs = timeoutMs - (performance.now() - startedAt);
      if (leftMs < 1) throw new Error("The time was up");
      return await call(leftMs);
    } finally {
      const next = pending.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

async function offer(server: ChildProcess, call: CallWithin): Promise<Outcome[]> {
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const calls: Promise<Outcome>[] = [];
  const start = async (): Promise<Outcome> => {
    const begin = elapsed();
    const ok = await call(DEADLINE_MS).then(
      () => true,
      () => false,
    );
    return { startedAt: begin, endedAt: elapsed(), ok };
  };
  let endsAt = 0;
  for (const { workers, ms } of PHASES) {
    server.send({ workers } satisfies Workers);
    endsAt += ms;
    while (elapsed() < endsAt) {
      while (calls.length < (elapsed() * OFFERED) / 1000) calls.push(start());
      await sleep(TICK_MS);
    }
  }
  return await Promise.all(calls);
}

function describe(outcomes: readonly Outcome[]): object {
  const useful = outcomes.filter(({ ok }) => ok);
  const slow = useful.filter(({ endedAt }) => endedAt >= SETTLED_AT && endedAt < WELL_AT);
  const prompt = outcomes.filter((outcome) => latency(outcome) < PROMPT_MS);
  return {
    failed: outcomes.length - useful.length,
    "prompt %": Math.round((100 * prompt.length) / outcomes.length),
    "useful/s, slow": Math.round((1000 * slow.length) / (WELL_AT - SETTLED_AT)),
    "p50 s, slow": Number((median(slow.map(latency)) / 1000).toFixed(2)),
    "prompt after s": promptAfterMs(outcomes) / 1000,
  };
}

function latency({ ok, startedAt, endedAt }: Outcome): number {
  return ok ? endedAt - startedAt : Number.POSITIVE_INFINITY;
}

/** How long after the recovery until half of the new calls get a response within a second. */
function promptAfterMs(outcomes: readonly Outcome[]): number {
  let last = 0;
  for (let after = 0; after + WINDOW_MS <= PHASES[2].ms; after += STEP_MS) {
    const from = WELL_AT + after;
    const fresh = outcomes.filter(({ startedAt }) => startedAt >= from && startedAt < from + WINDOW_MS);
    if (median(fresh.map(latency)) > PROMPT_MS) last = after + STEP_MS;
  }
  return last;
}
