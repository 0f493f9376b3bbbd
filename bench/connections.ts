// The benefit of more connections: 1,000 calls in flight, over 20 ms of round trip, to a server that accepts 100
// concurrent streams per connection. One connection can carry 100 calls per round trip, which is 5,000 a second,
// whatever the client could do; with more of them the CPU becomes the limit, which is shown beside it. Clients
// with more and more connections take turns. `node bench/connections.ts [connections...]`
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createZitadel, personalAccessToken, type Zitadel } from "../src/index.ts";
import { ROUND_TRIP_MS, type ServerState, STREAMS, type Ways } from "./connections/protocol.ts";
import { median } from "./median.ts";

const ALLOWED = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 2, 4, 8];
const IN_FLIGHT = 1000;
const ROUNDS = 7;
/** Warm-up for the compiler. */
const WARM_UP_ROUNDS = 2;
/** Time that is not measured at the start of each round, while connections are opened one after the other. */
const RAMP_UP_MS = 1000;
const MEASURED_MS = 2000;

interface Measurement {
  readonly callsPerSecond: number;
  readonly open: number;
  /** The fraction of one CPU. */
  readonly clientCpu: number;
  readonly serverCpu: number;
}

async function told<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, "message");
  return message as T;
}

function start(server: Ways, client: number): Zitadel {
  const options = {
    url: `https://127.0.0.1:${server.ports[client]}`,
    auth: personalAccessToken({ token: "x".repeat(71) }),
    tls: { ca: server.certificate },
    maxConnections: ALLOWED[client],
  };
  return createZitadel(options);
}

async function measure(zitadel: Zitadel, client: number): Promise<Measurement> {
  let running = true;
  let calls = 0;
  const worker = async () => {
    while (running) {
      await zitadel.user.v2.listUsers({ query: { limit: 1 } });
      calls += 1;
    }
  };
  const workers = Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  await Promise.race([sleep(RAMP_UP_MS), workers]);
  const before = {
    calls,
    startedAt: performance.now(),
    cpu: process.cpuUsage(),
    server: await serverState(),
  };
  await Promise.race([sleep(MEASURED_MS), workers]);
  const elapsedMs = performance.now() - before.startedAt;
  const callsPerSecond = (1000 * (calls - before.calls)) / elapsedMs;
  const { user, system } = process.cpuUsage(before.cpu);
  const after = await serverState();
  running = false;
  await workers;
  return {
    callsPerSecond,
    open: after.open[client] ?? Number.NaN,
    clientCpu: (user + system) / 1000 / elapsedMs,
    serverCpu: (after.cpuMs - before.server.cpuMs) / elapsedMs,
  };
}

async function serverState(): Promise<ServerState> {
  server.send("how are you");
  return await told<ServerState>(server);
}

const server = fork(new URL("./connections/server.ts", import.meta.url), [`${ALLOWED.length}`]);
try {
  const ways = await told<Ways>(server);
  const clients = ALLOWED.map((_, client) => start(ways, client));
  const results = clients.map((): Measurement[] => []);
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const [client, zitadel] of clients.entries()) {
      const result = await measure(zitadel, client);
      if (round >= 0) results[client]?.push(result);
    }
  }
  for (const zitadel of clients) await zitadel.close();

  const of = (client: number, field: keyof Measurement) =>
    (results[client] ?? []).map((result) => result[field]);
  const findMedian = (client: number, field: keyof Measurement) => median(of(client, field));
  /** Round by round, since the other load on the machine changes between them. */
  const gain = (client: number) => {
    const divisors = of(0, "callsPerSecond");
    return median(
      of(client, "callsPerSecond").map((calls, round) => calls / (divisors[round] ?? Number.NaN)),
    );
  };
  const percent = (part: number) => `${Math.round(100 * part)} %`;
  console.log(
    `${IN_FLIGHT} calls in flight, ${ROUND_TRIP_MS} ms a round trip, ${STREAMS} streams a connection`,
  );
  console.table(
    ALLOWED.map((connections, client) => ({
      connections,
      open: findMedian(client, "open"),
      "calls/s": Math.round(findMedian(client, "callsPerSecond")),
      "× one": Number(gain(client).toFixed(2)),
      "limit of streams": (1000 * STREAMS * connections) / ROUND_TRIP_MS,
      "CPU client": percent(findMedian(client, "clientCpu")),
      "CPU server": percent(findMedian(client, "serverCpu")),
    })),
  );
} finally {
  server.kill();
}
