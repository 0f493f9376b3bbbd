// The cost of a call: every variant in a process of its own against the same server, in turns, so that
// other load on the machine affects all of them. `node bench/calls.ts [rounds]`, after `npm install` in
// bench/.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { median } from "./median.ts";
import type { Job, Ports, Result } from "./protocol.ts";
import { variants } from "./variants.ts";

const ROUNDS = Number(process.argv[2] ?? 9);
/** Warm-up for the compiler, since a back end runs for a long time. */
const WARM_UP_ROUNDS = 5;
const FLOOR = "raw node:http2";
const JOBS: readonly Job[] = [
  { size: "small", calls: 1000, inFlight: 1 },
  { size: "small", calls: 4000, inFlight: 64 },
  { size: "large", calls: 60, inFlight: 1 },
  { size: "large", calls: 200, inFlight: 64 },
];

function start(file: string, ...args: string[]): ChildProcess {
  return fork(new URL(file, import.meta.url), args);
}

async function told<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, "message");
  return message as T;
}

async function ask(child: ChildProcess, job: Job): Promise<Result> {
  child.send(job);
  return await told<Result>(child);
}

const server = start("./server.ts");
const ports = await told<Ports>(server);
const clients = new Map<string, ChildProcess>();
for (const name of Object.keys(variants)) {
  const client = start("./client.ts", name, JSON.stringify(ports));
  await told(client);
  clients.set(name, client);
}

for (const job of JOBS) {
  const results = new Map<string, Result[]>([...clients.keys()].map((name) => [name, []]));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const [name, client] of clients) {
      const result = await ask(client, job);
      if (round >= 0) results.get(name)?.push(result);
    }
  }
  const of = (name: string, field: keyof Result) => (results.get(name) ?? []).map((result) => result[field]);
  const cpu = (name: string) => of(name, "cpuUsPerCall");
  /** Round by round, since the other load on the machine changes between them. */
  const ratio = (name: string, to: string) => {
    const divisors = cpu(to);
    return Number(median(cpu(name).map((us, i) => us / (divisors[i] ?? Number.NaN))).toFixed(2));
  };
  const bestPeer = [...clients.keys()]
    .filter((name) => name !== FLOOR && !name.startsWith("ours"))
    .reduce((best, name) => (median(cpu(name)) < median(cpu(best)) ? name : best));
  console.log(
    `\n${job.size} responses, ${job.inFlight} in flight (CPU per call; median of ${ROUNDS} rounds)`,
  );
  console.table(
    Object.fromEntries(
      [...clients.keys()].map((name) => [
        name,
        {
          µs: Math.round(median(cpu(name))),
          "× floor": ratio(name, FLOOR),
          "× best peer": ratio(name, bestPeer),
          "calls/s": Math.round(median(of(name, "callsPerSecond"))),
          "kB allocated": Number(median(of(name, "kilobytesPerCall")).toFixed(1)),
        },
      ]),
    ),
  );
}
for (const child of [server, ...clients.values()]) child.kill();
