import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import { type QueueEntry, RequestQueue } from "../../src/transport/http2/request-queue.ts";
import { connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { Peer, type PeerRequest } from "./support/peer.ts";
import { TestClock, turns, until } from "./support/test-clock.ts";
import { users } from "./support/users.ts";

function createQueue(connectTimeoutMs = 3000) {
  const clock = new TestClock();
  const timedOut: number[] = [];
  const queue = new RequestQueue<number>({
    clock,
    connectTimeoutMs,
    onTimeout: (request) => timedOut.push(request),
  });
  return { clock, queue, timedOut };
}

/** All requests that are left, in the order in which they are served. */
function drain(queue: RequestQueue<number>): number[] {
  const served: number[] = [];
  for (let next = queue.next(); next !== undefined; next = queue.next()) served.push(next);
  return served;
}

describe("RequestQueue", () => {
  it("serves the oldest request first while none has waited for more than a second", async () => {
    const { clock, queue } = createQueue();
    for (const id of [1, 2, 3]) queue.add(id, true);
    await clock.advance(1000);
    queue.add(4, true);
    assert.deepEqual(drain(queue), [1, 2, 3, 4]);
    assert.equal(queue.next(), undefined);
  });

  it("serves the newest request first once the oldest has waited for more than a second", async () => {
    const { clock, queue } = createQueue();
    for (const id of [1, 2, 3]) queue.add(id, true);
    await clock.advance(1001);
    queue.add(4, true);
    assert.deepEqual([queue.next(), queue.next()], [4, 3]);
    queue.add(5, true);
    assert.deepEqual(drain(queue), [5, 2, 1]);
  });

  it("adds up the time without a connection, however often connections come and go", async () => {
    const { clock, queue, timedOut } = createQueue();
    queue.add(1, false);
    await clock.advance(1000);
    queue.onDisconnected();
    await clock.advance(1000);
    queue.onConnected();
    await clock.advance(5000);
    queue.onDisconnected();
    await clock.advance(999);
    assert.deepEqual([timedOut, queue.size], [[], 1]);
    await clock.advance(1);
    assert.deepEqual([timedOut, queue.size], [[1], 0]);
    queue.onDisconnected();
    await clock.advance(5000);
    assert.deepEqual(timedOut, [1]);
  });

  it("goes back to the oldest first when those that waited long have left", async () => {
    const { clock, queue } = createQueue();
    const late = [1, 2].map((id) => queue.add(id, true));
    await clock.advance(1001);
    for (const id of [3, 4, 5]) queue.add(id, true);
    assert.equal(queue.next(), 5);
    for (const entry of late) queue.delete(entry);
    assert.deepEqual([queue.size, ...drain(queue)], [2, 3, 4]);
  });

  it("drops a request that has been without a connection for too long in total", async () => {
    const { clock, queue, timedOut } = createQueue();
    queue.add(1, false);
    await clock.advance(2000);
    queue.onConnected();
    queue.add(2, true);
    await clock.advance(60_000);
    queue.onDisconnected();
    await clock.advance(999);
    assert.deepEqual([timedOut, queue.size], [[], 2]);
    await clock.advance(1);
    assert.deepEqual([timedOut, queue.size], [[1], 1]);
    await clock.advance(2000);
    assert.deepEqual([timedOut, queue.isEmpty], [[1, 2], true]);
  });

  it("sets no timer while there is a connection", async () => {
    const { clock, queue } = createQueue();
    for (let id = 0; id < 100; id++) queue.add(id, true);
    drain(queue);
    assert.equal(clock.timersSet, 0);
  });

  it("loses no request, serves none twice, and keeps order and deadlines in random histories", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const pair = new QueueAndModel();
        for (const { what, number } of steps) {
          await pair[what](number);
          pair.compare();
        }
        pair.drain();
      }),
      { numRuns: 500 },
    );
  });
});

const step = fc.record({
  what: fc.constantFrom(
    "add",
    "add",
    "advance",
    "advance",
    "next",
    "delete",
    "connect",
    "disconnect",
    "disconnect",
  ),
  /** How many milliseconds, or which of the requests. */
  number: fc.oneof(fc.nat(50), fc.nat(500), fc.nat(500), fc.constant(1001)),
});

/** Short, so that it is sometimes exceeded. */
const MODEL_PATIENCE_MS = 600;

/** A queue, and next to it a slow but obvious model of what it should contain. */
class QueueAndModel {
  readonly #real = createQueue(MODEL_PATIENCE_MS);
  readonly #entries: QueueEntry<number>[] = [];
  readonly #timedOut: number[] = [];
  #pending: { readonly id: number; waitedMs: number; withoutConnectionMs: number }[] = [];
  #connected = true;

  add(): void {
    const id = this.#entries.length;
    this.#entries.push(this.#real.queue.add(id, this.#connected));
    this.#pending.push({ id, waitedMs: 0, withoutConnectionMs: 0 });
  }

  delete(number: number): void {
    const [request] = this.#pending.splice(number % Math.max(1, this.#pending.length), 1);
    const entry = request === undefined ? undefined : this.#entries[request.id];
    if (entry !== undefined) this.#real.queue.delete(entry);
  }

  next(): void {
    const late = this.#pending.some(({ waitedMs }) => waitedMs > 1000);
    const expected = late ? this.#pending.pop() : this.#pending.shift();
    assert.equal(this.#real.queue.next(), expected?.id);
  }

  async advance(ms: number): Promise<void> {
    await this.#real.clock.advance(ms);
    for (const request of this.#pending) {
      request.waitedMs += ms;
      if (!this.#connected) request.withoutConnectionMs += ms;
    }
    const isPatient = (request: { withoutConnectionMs: number }) =>
      request.withoutConnectionMs < MODEL_PATIENCE_MS;
    for (const request of this.#pending) if (!isPatient(request)) this.#timedOut.push(request.id);
    this.#pending = this.#pending.filter(isPatient);
  }

  connect(): void {
    this.#connected = true;
    this.#real.queue.onConnected();
  }

  disconnect(): void {
    this.#connected = false;
    this.#real.queue.onDisconnected();
  }

  compare(): void {
    const { queue, timedOut } = this.#real;
    // Timers fire in any order.
    assert.deepEqual(new Set(timedOut), new Set(this.#timedOut));
    assert.equal(timedOut.length, this.#timedOut.length);
    assert.deepEqual([queue.size, queue.isEmpty], [this.#pending.length, this.#pending.length === 0]);
  }

  drain(): void {
    while (this.#pending.length > 0) this.next();
    this.next();
  }
}

/** The interval at which the server of the next tests works, and calls are started. */
const TICK_MS = 100;

/** A server that works on requests in the order in which they came, when it is told to. */
class SlowServer {
  readonly #requests: PeerRequest[] = [];

  readonly onRequest = (request: PeerRequest): void => {
    this.#requests.push(request);
  };

  /** Responds to so many requests. Those that the client has reset cost it nothing. */
  respond(count: number): void {
    for (let left = count; left > 0; ) {
      const request = this.#requests.shift();
      if (request === undefined) return;
      if (!request.connection.open.has(request.streamId)) continue;
      request.connection.respond(request.streamId);
      left -= 1;
    }
  }
}

describe("calls to a server that is slower than the load", () => {
  assertNoCrashes();

  it("still succeed at the rate of the server, and are fast again within 5 s of its recovery", async () => {
    const clock = new TestClock();
    const server = new SlowServer();
    await using peer = await Peer.start({ maxConcurrentStreams: 10, onRequest: server.onRequest });
    using connection = connectTo(peer.origin, { clock, maxConnections: 1, timeoutMs: 10_000 });
    const client = users(connection);
    const outcomes: { readonly startedAt: number; readonly endedAt: number; readonly ok: boolean }[] = [];
    const calls: Promise<void>[] = [];
    const start = async () => {
      const startedAt = clock.time;
      const ok = await client.deleteUser({}).then(
        () => true,
        () => false,
      );
      outcomes.push({ startedAt, endedAt: clock.time, ok });
    };
    const began = clock.time;
    /** Four calls are started in a tick. */
    const run = async (ticks: number, capacity: (tick: number) => number) => {
      for (let tick = 0; tick < ticks; tick++) {
        for (let i = 0; i < 4; i++) calls.push(start());
        await turns();
        server.respond(capacity(tick));
        await clock.advance(TICK_MS);
      }
    };
    await run(50, () => 6);
    await run(300, (tick) => tick % 2);
    await run(100, () => 6);
    for (let i = 0; i < 110; i++) {
      server.respond(6);
      await clock.advance(TICK_MS);
    }
    await Promise.all(calls);

    const [slowAt, wellAt] = [began + 5000, began + 35_000];
    const useful = outcomes.filter(({ ok, endedAt }) => ok && endedAt > slowAt + 12_000 && endedAt <= wellAt);
    // The server responds to five calls a second.
    assert.ok(useful.length >= 0.9 * 18 * 5, `${useful.length} of 90 responses were in time`);
    const fresh = outcomes.filter(({ startedAt }) => startedAt >= wellAt + 5000);
    assert.equal(fresh.length, 200);
    const late = fresh.filter(({ ok, startedAt, endedAt }) => !ok || endedAt - startedAt > 1000);
    assert.equal(late.length, 0, `${late.length} of 200 were late`);
  });

  it("end at their deadline with what they waited for, and were not sent", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start({ maxConcurrentStreams: 2 });
    using connection = connectTo(peer.origin, { clock, maxConnections: 1, pingIntervalMs: 0 });
    for (let i = 0; i < 2; i++) void failing(users(connection).deleteUser({}, { timeoutMs: 20_000 }));
    await until(() => peer.requests === 2);
    const waiting = [1, 2, 3].map(() => failing(users(connection).deleteUser({}, { timeoutMs: 5000 })));
    await turns();
    await clock.advance(5000);
    for (const [i, { error, failure }] of (await Promise.all(waiting)).entries()) {
      assert.deepEqual(
        [error.code, failure.fault, failure.unprocessed],
        [Code.DeadlineExceeded, "deadline", true],
      );
      assert.match(error.rawMessage, new RegExp(`5000 ms: ${3 - i} .* waiting while 2 were running`));
    }
    assert.equal(peer.requests, 2);
  });
});
