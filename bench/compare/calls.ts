import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { median } from "../median.ts";
import type { Ports, Result } from "../protocol.ts";
import type { CallerJob, Target, Targets } from "./protocol.ts";
import type { Measured } from "./report.ts";
import { inTurn, type Trees } from "./turns.ts";

/** Pairs of processes. Compiled code stays within a process, so that the rounds of one process are one sample. */
const PAIRS = 9;
const WARM_UP_ROUNDS = 3;
const ROUNDS = 5;

const JOBS: Readonly<Record<string, CallerJob>> = {
  "a call, one at a time": { target: "small", calls: 1_000, inFlight: 1 },
  "a call, 64 in flight": { target: "small", calls: 3_000, inFlight: 64 },
  "a large response": { target: "large", calls: 60, inFlight: 4 },
  "a list of 3,000 users": { target: "all", calls: 4, inFlight: 1 },
};

const QUANTITIES: readonly {
  readonly of: keyof Result;
  readonly name: string;
  readonly unit: string;
  readonly threshold: number;
}[] = [
  { of: "cpuUsPerCall", name: "CPU", unit: "µs", threshold: 1.1 },
  { of: "kilobytesPerCall", name: "allocated", unit: "kB", threshold: 1.03 },
];

type Costs = Map<string, Record<keyof Trees, Result[]>>;

/** The cost of calls in processes that have run for a while. */
export async function measureCalls(trees: Trees): Promise<Measured[]> {
  using servers = await startServers();
  const costs: Costs = new Map(Object.keys(JOBS).map((name) => [name, { base: [], head: [] }]));
  for (let pair = 0; pair < PAIRS; pair += 1) await measurePair(trees, servers.targets, costs);
  return [...costs].flatMap(([name, { base, head }]) =>
    QUANTITIES.map(({ of, name: quantity, unit, threshold }) => ({
      name: `${name}: ${quantity}`,
      unit,
      threshold,
      samples: { base: base.map((result) => result[of]), head: head.map((result) => result[of]) },
    })),
  );
}

async function measurePair(trees: Trees, targets: Targets, costs: Costs): Promise<void> {
  const start = (root: string) => startChild("./caller.ts", root, JSON.stringify(targets));
  const callers = { base: await start(trees.base), head: await start(trees.head) };
  try {
    for (const [name, job] of Object.entries(JOBS)) {
      const results: Record<keyof Trees, Result[]> = { base: [], head: [] };
      for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
        for (const tree of inTurn(round)) {
          callers[tree].process.send(job);
          const result = await callers[tree].next<Result>();
          if (round >= 0) results[tree].push(result);
        }
      }
      costs.get(name)?.base.push(middle(results.base));
      costs.get(name)?.head.push(middle(results.head));
    }
  } finally {
    callers.base.process.kill();
    callers.head.process.kill();
  }
}

function middle(results: readonly Result[]): Result {
  const of = (field: keyof Result): number => median(results.map((result) => result[field]));
  return {
    cpuUsPerCall: of("cpuUsPerCall"),
    callsPerSecond: of("callsPerSecond"),
    kilobytesPerCall: of("kilobytesPerCall"),
  };
}

async function startServers(): Promise<Disposable & { readonly targets: Targets }> {
  const [server, instance] = [startProcess("../server.ts"), startProcess("./instance.ts")];
  const [{ small, large }, all] = await Promise.all([server.next<Ports>(), instance.next<Target>()]);
  const at = (port: number): Target => ({ url: `http://127.0.0.1:${port}`, token: "x".repeat(280) });
  return {
    targets: { small: at(small), large: at(large), all },
    [Symbol.dispose]() {
      server.process.kill();
      instance.process.kill();
    },
  };
}

interface Child {
  readonly process: ChildProcess;
  /** Its next message. */
  next<T>(): Promise<T>;
}

function startProcess(file: string, ...args: readonly string[]): Child {
  const child = fork(new URL(file, import.meta.url), args);
  return {
    process: child,
    async next<T>() {
      const said = new AbortController();
      const { signal } = said;
      const ended = once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`${file} ended with ${code}`);
      });
      const [message] = await Promise.race([once(child, "message", { signal }), ended]);
      said.abort();
      return message as T;
    },
  };
}

/** A process that has reported that it is ready. */
async function startChild(file: string, ...args: readonly string[]): Promise<Child> {
  const child = startProcess(file, ...args);
  await child.next();
  return child;
}
