/**
 * Follows the log of an emulator, which runs in a process of its own, while events are written, by transactions that
 * commit up to 9 s late. The follower is stopped and resumed from its last cursor all the time. Checks that no event is
 * lost or repeated, and that the events of each object are in order; prints events per second and the heap. Run: node
 * --expose-gc bench/events.ts [events]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createZitadel, type EventCursor, followEvents, type Zitadel } from "../src/index.ts";
import { startEmulator } from "../src/testing/index.ts";

/** Events per transaction. */
const EVENTS_PER_CALL = 20;
const USERS = 500;
const WRITERS = 8;
/** Events after which the follower is stopped and resumed. */
const EVENTS_PER_RUN = 5_000;
/**
 * The emulator's clock advances with each call, so that its log is as dense as that of a busy Zitadel: 200 events a
 * second.
 */
const CALL_MS = 100;

interface Server {
  readonly url: string;
  readonly token: string;
}

if (process.argv[2] === "server") await serve();
else await measure(Number(process.argv[2] ?? 100_000));

/** An emulator, and a writer that starts when it is told to. */
async function serve(): Promise<void> {
  let now = Date.now();
  let calls = 0;
  const emulator = await startEmulator({
    clock: { now: () => now },
    // Nine in ten commit within 40 ms, the others take up to 9 s.
    commitDelayMs: () => (++calls * 7_919) % (calls % 10 === 0 ? 9_000 : 40),
  });
  const zitadel = connect({ url: emulator.url, token: emulator.serviceUser.token });
  const users = await Promise.all(
    Array.from({ length: USERS }, async (_, number) => {
      now += CALL_MS;
      const { userId } = await zitadel.user.v2.addHumanUser({
        username: `user-${number}`,
        profile: { givenName: "Ada", familyName: "Lovelace" },
        email: { email: "ada@example.test", verification: { case: "isVerified", value: true } },
      });
      return userId;
    }),
  );
  process.send?.({ url: emulator.url, token: emulator.serviceUser.token });
  process.on("disconnect", () => process.exit());
  const [events] = (await once(process, "message")) as [number];
  let written = 0;
  const write = async (): Promise<void> => {
    while (written < events) {
      written += EVENTS_PER_CALL;
      now += CALL_MS;
      const value = Buffer.from(String(written));
      const metadata = Array.from({ length: EVENTS_PER_CALL }, (_, key) => ({ key: `key-${key}`, value }));
      await zitadel.user.v2.setUserMetadata({ userId: users[(written * 7) % USERS] ?? "", metadata });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  process.send?.("done");
}

function connect({ url, token }: Server): Zitadel {
  return createZitadel({ url, auth: { getToken: async () => ({ token }) } });
}

async function measure(events: number): Promise<void> {
  const server = fork(import.meta.filename, ["server"]);
  const [address] = (await once(server, "message")) as [Server];
  await using zitadel = connect(address);
  let cursor: EventCursor | undefined;
  const seen = new Map<string, bigint>();
  let count = 0;
  let largestCursor = 0;
  const started = performance.now();
  server.send(events);
  while (count < events) {
    let inRun = 0;
    const options = { after: cursor, eventTypes: ["user.metadata.set"], minPollMs: 5 };
    for await (const event of followEvents(zitadel, options)) {
      const id = event.aggregate?.id ?? "";
      // The first two events of each user are filtered out. Any gap is a loss, and any lower number a repetition.
      const expected = (seen.get(id) ?? 2n) + 1n;
      if (event.sequence !== expected) throw new Error(`${id}: ${event.sequence} in place of ${expected}`);
      seen.set(id, event.sequence);
      count += 1;
      inRun += 1;
      if (count % (events / 10) === 0) report(count, started);
      if (inRun < EVENTS_PER_RUN && count < events) continue;
      const stored = JSON.stringify(event.cursor);
      largestCursor = Math.max(largestCursor, stored.length);
      cursor = JSON.parse(stored) as EventCursor;
      break;
    }
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`${Math.round(count / seconds)} events/s, none lost, repeated or out of sequence`);
  console.log(`${Math.ceil(count / EVENTS_PER_RUN)} restarts, the largest cursor ${largestCursor} bytes`);
  server.disconnect();
}

function report(count: number, started: number): void {
  globalThis.gc?.();
  const heap = (process.memoryUsage().heapUsed / 2 ** 20).toFixed(1).padStart(6);
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6);
  console.log(`${String(count).padStart(9)} events  ${seconds} s  heap ${heap} MiB`);
}
