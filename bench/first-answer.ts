// From the start of a process to its first response: fresh processes that take turns, each with the smallest program
// that makes one call to a server on loopback, over HTTP/2 without TLS. CPU is that of the whole process, Node's own
// start included; of a program that does nothing it is in the first row. `node bench/first-answer.ts [rounds]`, after
// `npm run build`, and `npm install` in bench/.
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { PERSONAL_ACCESS_TOKEN, startInstance } from "./cold-start/instance.ts";
import { type Program, programs } from "./first-answer/programs.ts";
import { median } from "./median.ts";

const ROUNDS = Number(process.argv[2] ?? 15);
const GOALS: Readonly<Record<string, number>> = { "ours, PAT": 0.75, "ours, private key JWT": 1 };

interface Measurement {
  readonly cpuMs: number;
  readonly wallMs: number;
}

const nothing: Program = { folder: ".", code: "const result = [0];" };
const cases: Readonly<Record<string, Program>> = { "nothing but Node": nothing, ...programs };
const directory = mkdtempSync(join(tmpdir(), "first-answer-"));
const keyFile = join(directory, "key.json");
writeFileSync(keyFile, JSON.stringify(serviceAccountKey()), { mode: 0o600 });
const instance = await startInstance();
const environment = {
  ...process.env,
  ORIGIN: `http://127.0.0.1:${instance.port}`,
  TOKEN: PERSONAL_ACCESS_TOKEN,
  KEY_FILE: keyFile,
};

/** The key is PKCS#1, as Zitadel makes them. */
function serviceAccountKey(): object {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = privateKey.export({ type: "pkcs1", format: "pem" });
  return { type: "serviceaccount", keyId: "294817263548190003", userId: "294817263548190002", key };
}

async function measure(name: string, { folder, code }: Program): Promise<Measurement> {
  const end = `
    const wallMs = performance.now();
    const { user, system } = process.cpuUsage();
    if (result.length === 0) throw new Error("There are no users");
    process.stdout.write(JSON.stringify({ wallMs, cpuMs: (user + system) / 1000 }), () => process.exit());`;
  const client = spawn(process.execPath, ["--input-type=module", "-e", code + end], {
    cwd: join(import.meta.dirname, "..", folder),
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output, [exitCode]] = await Promise.all([text(client.stdout), once(client, "exit")]);
  if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode}`);
  return JSON.parse(output);
}

function toRow(name: string, of: (name: string, what: keyof Measurement) => number): object {
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

try {
  const measured = new Map(Object.keys(cases).map((name) => [name, [] as Measurement[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, program] of Object.entries(cases)) {
      measured.get(name)?.push(await measure(name, program));
    }
  }
  const of = (name: string, what: keyof Measurement) =>
    median((measured.get(name) ?? []).map((one) => one[what]));
  console.log(`From the start of a process to its first response (medians of ${ROUNDS} processes)`);
  console.table(Object.fromEntries(Object.keys(cases).map((name) => [name, toRow(name, of)])));
} finally {
  await instance[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
}
