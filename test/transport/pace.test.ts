import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError, createContextValues, type Transport } from "@connectrpc/connect";
import fc from "fast-check";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { bulk, createZitadel, personalAccessToken } from "../../src/index.ts";
import type { CallPriority } from "../../src/shared/priority.ts";
import type { TransportEvent } from "../../src/transport/events.ts";
import { callPriority } from "../../src/transport/pace/pace.ts";
import type { PaceOptions, PaceState } from "../../src/transport/pace/pace-options.ts";
import { type Connected, connectTo } from "./support/connection.ts";
import { failing } from "./support/failing.ts";
import { Peer } from "./support/peer.ts";
import { TestClock, turns, until } from "./support/test-clock.ts";

const GET_USER = UserService.method.getUserByID;

/** A server in simulated time that takes `serviceMs` for each of up to `capacity` calls, and longer beyond that. */
class Server implements Disposable {
  readonly clock = new TestClock();
  readonly connection: Connected & Disposable;
  readonly events: TransportEvent[] = [];
  /** When each request came, in milliseconds from the start. */
  readonly arrivals: number[] = [];
  /** Names of calls in the order in which they arrived. */
  readonly order: string[] = [];
  inFlight = 0;
  most = 0;
  capacity = Number.POSITIVE_INFINITY;
  serviceMs = 100;
  /** The error to respond with instead. */
  refusal: (() => ConnectError | undefined) | undefined;
  readonly #start = this.clock.monotonic();

  constructor(pace: PaceOptions | undefined) {
    const transport = { unary: (...args: Parameters<Transport["unary"]>) => this.#serve(args[3], args[0]) };
    this.connection = connectTo("http://localhost:1", {
      // Only the parts that the pace uses.
      transport: transport as unknown as Transport,
      clock: this.clock,
      pace,
      timeoutMs: 0,
      retry: { maxAttempts: 1, maxConflictAttempts: 1 },
      onEvent: (event) => this.events.push(event),
    });
  }

  call(
    options: { priority?: CallPriority; signal?: AbortSignal; name?: string; timeoutMs?: number } = {},
  ): Promise<unknown> {
    const { signal, timeoutMs, name = "", priority } = options;
    const values = createContextValues().set(callPriority, priority);
    return this.connection.transport.unary(GET_USER, signal, timeoutMs, { name }, {}, values);
  }

  async #serve(headers: HeadersInit | undefined, method: unknown): Promise<never> {
    this.arrivals.push(this.clock.monotonic() - this.#start);
    this.order.push(new Headers(headers).get("name") ?? "");
    this.inFlight += 1;
    this.most = Math.max(this.most, this.inFlight);
    const refusal = this.refusal?.();
    const ms = refusal === undefined ? this.serviceMs * Math.max(1, this.inFlight / this.capacity) : 5;
    await new Promise<void>((resolve) => this.clock.setTimer(resolve, ms));
    this.inFlight -= 1;
    if (refusal !== undefined) throw refusal;
    return { stream: false, method, message: {}, header: new Headers(), trailer: new Headers() } as never;
  }

  /** Moves time after everything under way has arrived. */
  async advance(ms: number): Promise<void> {
    await turns();
    await this.clock.advance(ms);
  }

  /** The limits that the pace has reported. */
  get limits(): number[] {
    return this.events.flatMap((event) => (event.type === "pace-changed" ? [event.maxInFlight] : []));
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}

function many(server: Server, count: number, options: Parameters<Server["call"]>[0] = {}): Promise<unknown> {
  return Promise.allSettled(Array.from({ length: count }, () => server.call(options)));
}

describe("The pace of a client", () => {
  it("does nothing unless it is enabled", async () => {
    using server = new Server(undefined);
    const all = many(server, 500);
    await server.advance(100);
    assert.equal(server.most, 500);
    await all;
  });

  it("keeps both limits, serves calls in order, and loses none, even if some are aborted meanwhile", async () => {
    const call = fc.record({
      atMs: fc.integer({ min: 0, max: 3_000 }),
      abortsAfterMs: fc.option(fc.integer({ min: 0, max: 2_000 })),
    });
    const options = fc.record({
      maxInFlight: fc.integer({ min: 1, max: 10 }),
      perSecond: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 40 }), options, async (calls, pace) => {
        using server = new Server({ ...pace, adaptive: false });
        const outcomes: Promise<unknown>[] = [];
        for (const [index, { atMs, abortsAfterMs }] of calls.toSorted((a, b) => a.atMs - b.atMs).entries()) {
          const abort = new AbortController();
          server.clock.setTimer(() => {
            outcomes.push(server.call({ signal: abort.signal, name: `${index}` }).catch(() => {}));
          }, atMs);
          if (abortsAfterMs !== null) server.clock.setTimer(() => abort.abort(), atMs + abortsAfterMs);
        }
        await server.advance(60_000);
        assert.equal(outcomes.length, calls.length);
        await Promise.all(outcomes);
        assert.equal(server.clock.pending, 0);
        assert.ok(server.most <= pace.maxInFlight, `${server.most} in flight`);
        assert.deepEqual(
          server.order,
          server.order.toSorted((a, b) => Number(a) - Number(b)),
        );
        assertRate(server.arrivals, pace.perSecond ?? Number.POSITIVE_INFINITY);
      }),
      { numRuns: 60 },
    );
  });

  it("lets interactive calls go first, and reserves a fifth of the slots for them", async () => {
    using server = new Server({ maxInFlight: 10, adaptive: false });
    const background = many(server, 50, { priority: "background", name: "background" });
    await turns();
    assert.equal(server.inFlight, 8);
    const interactive = many(server, 4, { name: "interactive" });
    await turns();
    assert.equal(server.inFlight, 10);
    await server.advance(100);
    // The other two went before everything that had waited longer.
    assert.equal(server.order.slice(0, 12).filter((name) => name === "interactive").length, 4);
    await server.advance(2_000);
    await Promise.all([background, interactive]);
  });

  it("lets background calls run even with a single slot", async () => {
    using server = new Server({ maxInFlight: 1, adaptive: false });
    const background = many(server, 3, { priority: "background" });
    await server.advance(300);
    await background;
    assert.deepEqual([server.arrivals.length, server.most], [3, 1]);
  });

  it("discovers how many calls the server can take, without reducing its throughput", async () => {
    using server = new Server({});
    server.capacity = 30;
    const done = many(server, 3_000);
    await server.advance(8_000);
    const settled = server.limits.slice(-20);
    // With a queue three times as long as what is being served, responses take three times as long.
    assert.ok(Math.min(...settled) >= 30 && Math.max(...settled) <= 100, `${settled}`);
    assert.ok(server.arrivals.length > 0.8 * (8_000 / 100) * 30, `${server.arrivals.length} calls in 8 s`);
    await server.advance(60_000);
    await done;
  });

  it("reduces the limit by a third per round of refusals, and waits as long as the server asks", async () => {
    using server = new Server({ maxInFlight: 20 });
    const metadata = { "retry-after": "7" };
    server.refusal = () => new ConnectError("HTTP 429", Code.ResourceExhausted, metadata);
    const refused = many(server, 20);
    await server.advance(10);
    await refused;
    assert.deepEqual(server.limits, [14]);
    server.refusal = undefined;
    const later = many(server, 30);
    await server.advance(6_900);
    assert.equal(server.arrivals.length, 20);
    await server.advance(100);
    assert.equal(server.inFlight, 14);
    await server.advance(1_000);
    await later;
  });

  it("exports the limit it has found, and adopts a limit from elsewhere at any time", async () => {
    let limit = 0;
    const states: PaceState[] = [];
    using server = new Server({
      maxInFlight: () => limit,
      onChange(state) {
        states.push(state);
        throw new Error("of a listener");
      },
    });
    const held = many(server, 8);
    await server.advance(2_000);
    assert.equal(server.arrivals.length, 0);
    limit = 3;
    await server.advance(250);
    assert.equal(server.most, 3);
    limit = 5;
    await server.advance(1_000);
    await held;
    assert.equal(server.most, 5);
    server.refusal = () => new ConnectError("HTTP 429", Code.ResourceExhausted, { "retry-after": "3" });
    const refused = many(server, 1);
    await server.advance(10);
    await refused;
    assert.deepEqual(states, [{ maxInFlight: 3, pausedMs: 3_000 }]);
    assert.equal(server.clock.pending, 0);
  });

  it("tells a call that reaches its deadline what it was waiting for", async () => {
    using server = new Server({ maxInFlight: 1, perSecond: 100, adaptive: false });
    server.serviceMs = 5_000;
    const first = server.call();
    const { error } = await failingAfter(server, 1_000);
    assert.equal(error.code, Code.DeadlineExceeded);
    assert.match(
      error.rawMessage,
      /longer than 1000 ms: .* were waiting for their turn: the client's pace is 1 in flight and 100 a second$/,
    );
    await server.advance(5_000);
    await first;
  });

  it("slows down after a 429 from a proxy, over a real connection", async () => {
    const events: TransportEvent[] = [];
    await using peer = await Peer.start({
      onRequest: ({ connection, streamId, number }) =>
        number <= 5 ? connection.refuse(streamId, 429, "slow down") : connection.respond(streamId),
    });
    using connection = connectTo(peer.origin, {
      pace: { maxInFlight: 5 },
      retry: { maxAttempts: 1 },
      onEvent: (event) => events.push(event),
    });
    const calls = Array.from({ length: 10 }, () =>
      connection.transport.unary(GET_USER, undefined, undefined, undefined, {}, undefined),
    );
    const outcomes = await Promise.allSettled(calls);
    assert.equal(outcomes.filter(({ status }) => status === "rejected").length, 5);
    assert.ok(events.some((event) => event.type === "pace-changed" && event.maxInFlight === 3));
  });

  it("queues calls of bulk() behind others", async () => {
    const order: string[] = [];
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const transport = {
      async unary(method: unknown, ...[, , , input]: unknown[]) {
        order.push((input as { userId: string }).userId);
        await held;
        return { stream: false, method, message: {}, header: new Headers(), trailer: new Headers() };
      },
    };
    await using zitadel = createZitadel({
      url: "http://localhost:1",
      auth: personalAccessToken({ token: "a-token" }),
      // Only the parts that the pace uses.
      transport: transport as unknown as Transport,
      pace: { maxInFlight: 2, adaptive: false },
    });
    const job = bulk(["b1", "b2", "b3"], async (userId) => zitadel.user.v2.getUserByID({ userId }));
    await until(() => order.length === 1);
    const others = ["i1", "i2"].map((userId) => zitadel.user.v2.getUserByID({ userId }));
    await until(() => order.length === 2);
    release();
    await Promise.all([job, ...others]);
    assert.deepEqual(order, ["b1", "i1", "i2", "b2", "b3"]);
  });

  it("names what is wrong with its options", () => {
    const auth = personalAccessToken({ token: "a-token" });
    const create = (pace: object) => () => createZitadel({ url: "http://localhost:1", auth, pace });
    assert.throws(create({ rps: 5 }), /pace\.rps is not an option; did you mean pace\.perSecond\?/);
    assert.throws(create({ maxInFlight: 0 }), /pace\.maxInFlight is 0; expected/);
    assert.throws(create({ perSecond: -1 }), /pace\.perSecond is -1; expected/);
    assert.throws(create({ adaptive: "no" }), /pace\.adaptive is .*; expected/);
  });
});

async function failingAfter(server: Server, timeoutMs: number): ReturnType<typeof failing> {
  const failed = failing(server.call({ timeoutMs }));
  await server.advance(timeoutMs);
  return await failed;
}

/** No stretch of time has more than its share, plus the tenth of a second's worth that may go at once. */
function assertRate(arrivals: readonly number[], perSecond: number): void {
  if (perSecond === Number.POSITIVE_INFINITY) return;
  const burst = Math.max(1, perSecond / 10);
  for (const [first, from] of arrivals.entries()) {
    for (let last = first; last < arrivals.length; last++) {
      const ms = (arrivals[last] ?? 0) - from;
      const count = last - first + 1;
      assert.ok(count <= burst + (ms * perSecond) / 1000 + 0.01, `${count} within ${ms} ms`);
    }
  }
}
