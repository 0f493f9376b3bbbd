// From the start of a process to its first response: fresh processes that take turns, each with the smallest program
// that makes one call to a server on loopback, over HTTP/2 without TLS. CPU is that of the whole process, Node's own
// start included; the first row is a program that does nothing. `node bench/first-response.ts [rounds]`, after
// `npm run build`, and `npm install` in bench/.
import { join } from "node:path";
import { type Program, programs } from "./first-response/programs.ts";
import { startSurroundings } from "./first-response/surroundings.ts";
import { type ProcessCost, runFresh } from "./fresh-process.ts";
import { median } from "./median.ts";

const ROUNDS = Number(process.argv[2] ?? 15);
const GOALS: Readonly<Record<string, number>> = { "ours, PAT": 0.75, "ours, private key JWT": 1 };

const nothing: Program = { folder: ".", code: "" };
const cases: Readonly<Record<string, Program>> = { "nothing but Node": nothing, ...programs };
await using surroundings = await startSurroundings();
const env = { ...process.env, ...surroundings.env };

function measure({ folder, code }: Program): Promise<ProcessCost> {
  return runFresh(code, { cwd: join(import.meta.dirname, "..", folder), env });
}

function toRow(name: string, of: (name: string, what: keyof ProcessCost) => number): object {
  const peers = Object.keys(programs).filter((other) => !other.startsWith("ours"));
  const best = Math.min(...peers.map((peer) => of(peer, "cpuMs")));
  const times = of(name, "cpuMs") / best;
  const goal = GOALS[name];
  return {
    "CPU ms": Math.round(of(name, "cpuMs")),
    "wall ms": Math.round(of(name, "wallMs")),
    "× CPU of the best peer": Number(times.toFixed(2)),
    ...(goal === undefined ? {} : { goal: `≤ ${goal}`, met: times <= goal }),
  };
}

const measured = new Map(Object.keys(cases).map((name) => [name, [] as ProcessCost[]]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, program] of Object.entries(cases)) measured.get(name)?.push(await measure(program));
}
const of = (name: string, what: keyof ProcessCost) =>
  median((measured.get(name) ?? []).map((one) => one[what]));
console.log(`From the start of a process to its first response (medians of ${ROUNDS} processes)`);
console.table(Object.fromEntries(Object.keys(cases).map((name) => [name, toRow(name, of)])));
