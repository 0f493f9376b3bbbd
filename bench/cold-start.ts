// Cold start in round trips: how often the first call of a process has to wait for a distant server, signing in
// included. Every call is made by a fresh process (see cold-start/client.ts for what is over before the clock
// starts), through a proxy that puts 200 ms of round trip between it and a server on TLS 1.3. The variants take
// turns; the table has medians. The limit is one round trip each for TCP, TLS 1.3, the token if one is requested,
// and the call. What is above it in the first row is Node's own work, and the machine's other work: a longer round
// trip makes less of both. `node bench/cold-start.ts [rounds] [ms of a round trip]`, after `npm install` in bench/.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../test/transport/support/certificate.ts";
import { LatencyProxy } from "../test/transport/support/latency-proxy.ts";
import type { FirstCallResult } from "./cold-start/client.ts";
import { PERSONAL_ACCESS_TOKEN, startInstance } from "./cold-start/instance.ts";
import { type Access, variants } from "./cold-start/variants.ts";
import { median } from "./median.ts";
import { createServiceAccountKey } from "./service-account-key.ts";

const ROUNDS = Number(process.argv[2] ?? 9);
const ROUND_TRIP_MS = Number(process.argv[3] ?? 200);
/** The goal of this package: hardly more than the limit, and one connection. */
const GOAL = { overLimit: 0.1, connections: 1 };

interface Measurement {
  readonly roundTrips: number;
  readonly cpuMs: number;
  readonly connections: number;
  readonly requests: number;
}

const directory = mkdtempSync(join(tmpdir(), "cold-start-"));
const ca = join(directory, "ca.pem");
const certificate = selfSigned("cold-start");
writeFileSync(ca, certificate.cert);
/**
 * Not every peer has an option for certificates. The second is for grpc-js, the last two for those that obey proxies.
 */
const ENVIRONMENT = {
  NODE_EXTRA_CA_CERTS: ca,
  GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: ca,
  NO_PROXY: "127.0.0.1",
  no_proxy: "127.0.0.1",
};
const credentials: Omit<Access, "url"> = {
  personalAccessToken: PERSONAL_ACCESS_TOKEN,
  key: createServiceAccountKey(),
  clientId: "cold-start",
  clientSecret: "s".repeat(64),
};
const instance = await startInstance(certificate);

async function measure(name: string): Promise<Measurement> {
  await using proxy = await LatencyProxy.start({ port: instance.port, roundTripMs: ROUND_TRIP_MS });
  const access: Access = { ...credentials, url: `https://127.0.0.1:${proxy.port}` };
  const client = fork(new URL("./cold-start/client.ts", import.meta.url), [name, JSON.stringify(access)], {
    env: { ...process.env, ...ENVIRONMENT },
    // Some peers name the address in TLS, which we cannot fix.
    execArgv: ["--disable-warning=DEP0123"],
  });
  const exited = once(client, "exit");
  await told(client, name);
  if (proxy.connections > 0) throw new Error(`${name} connected before its first call`);
  const requestsBefore = instance.requests;
  client.send("go");
  const { users, elapsedMs, cpuMs } = (await told(client, name)) as FirstCallResult;
  if (users === 0) throw new Error(`${name} got no users`);
  await exited;
  return {
    roundTrips: elapsedMs / ROUND_TRIP_MS,
    cpuMs,
    connections: proxy.connections,
    requests: instance.requests - requestsBefore,
  };
}

async function told(client: ChildProcess, name: string): Promise<unknown> {
  const settled = new AbortController();
  const { signal } = settled;
  const ended = once(client, "exit", { signal }).then(([code]) => {
    throw new Error(`${name} ended with ${code}`);
  });
  try {
    const [message] = await Promise.race([once(client, "message", { signal }), ended]);
    return message;
  } finally {
    ended.catch(() => {});
    settled.abort();
  }
}

function toRow(name: string, measurements: readonly Measurement[]): object {
  const limit = variants[name]?.limit ?? Number.NaN;
  const of = (field: keyof Measurement) => measurements.map((measurement) => measurement[field]);
  const roundTrips = oneDecimal(median(of("roundTrips")));
  const connections = median(of("connections"));
  const met = roundTrips <= limit + GOAL.overLimit && connections <= GOAL.connections;
  return {
    "round trips": roundTrips,
    least: oneDecimal(Math.min(...of("roundTrips"))),
    limit,
    connections,
    requests: median(of("requests")),
    "CPU ms": Math.round(median(of("cpuMs"))),
    ...(name.startsWith("ours") ? { goal: `≤ ${limit + GOAL.overLimit}, 1 connection`, met } : {}),
  };
}

function oneDecimal(value: number): number {
  return Number(value.toFixed(1));
}

try {
  const names = Object.keys(variants);
  const measurements = new Map(names.map((name) => [name, [] as Measurement[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) measurements.get(name)?.push(await measure(name));
  }
  console.log(`First call of a fresh process, ${ROUND_TRIP_MS} ms a round trip (median of ${ROUNDS} rounds)`);
  console.table(Object.fromEntries([...measurements].map(([name, rows]) => [name, toRow(name, rows)])));
} finally {
  await instance[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
}
