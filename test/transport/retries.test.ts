import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, createContextValues } from "@connectrpc/connect";
import { retryMode } from "../../src/transport/call.ts";
import type { ConnectionOptions } from "../../src/transport/connection.ts";
import { connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { ERROR } from "./support/frames.ts";
import { Peer, type PeerRequest, respond } from "./support/peer.ts";
import { TestClock, turns, until } from "./support/test-clock.ts";
import { parseUserId, users } from "./support/users.ts";

type Handler = (request: PeerRequest) => void;

const unavailable: Handler = ({ connection, streamId }) => connection.refuse(streamId, 503, "no upstream");
const refused: Handler = ({ connection, streamId }) => connection.rst(streamId, ERROR.refusedStream);
const error =
  (status: number, body: object, headers: Record<string, string> = {}): Handler =>
  ({ connection, streamId }) =>
    connection.refuse(streamId, status, body, headers);
const conflict = error(500, {
  code: "unknown",
  message:
    'integrity violation of type "unique" on "events2" (constraint: "events2_pkey"): ERROR: duplicate key value (SQLSTATE 23505) ()',
});

/** Runs the first requests through `handlers` in turn, and responds to the rest. */
function inTurn(...handlers: Handler[]): Handler {
  return (request) => (handlers[request.number - 1] ?? respond)(request);
}

/** Makes pauses before retries take no time. */
function withInstantPauses(): { clock: TestClock } {
  const clock = new TestClock();
  clock.chance = 0;
  const { setTimer } = clock;
  clock.setTimer = (callback, ms) => {
    if (ms > 0) return setTimer.call(clock, callback, ms);
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  };
  return { clock };
}

/** Makes everything that a caller waits for take no time; other timers never fire. */
function withInstantWaits(): { clock: TestClock } {
  const clock = new TestClock();
  clock.setTimer = (callback, _ms, keepAlive) => {
    if (keepAlive !== true) return () => {};
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  };
  return { clock };
}

async function attempt(
  onRequest: Handler,
  kind: "read" | "write",
  options: Partial<ConnectionOptions> = {},
  contextValues = createContextValues(),
) {
  await using peer = await Peer.start({ onRequest });
  using connection = connectTo(peer.origin, { ...withInstantPauses(), ...options });
  const call =
    kind === "read"
      ? users(connection).getUserByID({ userId: "1" }, { contextValues })
      : users(connection).deleteUser({ userId: "1" }, { contextValues });
  const outcome = await call.then(
    () => "ok" as const,
    async (reason) => (await failing(Promise.reject(reason))).error.code,
  );
  return { outcome, requests: peer.requests };
}

describe("retries", () => {
  assertNoCrashes();

  it("know reads from the descriptors, and treat an unknown method as not idempotent", async () => {
    assert.deepEqual(await attempt(inTurn(unavailable), "read"), { outcome: "ok", requests: 2 });
    assert.deepEqual(await attempt(inTurn(unavailable), "write"), {
      outcome: Code.Unavailable,
      requests: 1,
    });
  });

  it("send any method again if the request was provably not sent", async () => {
    assert.deepEqual(await attempt(inTurn(refused, refused), "write"), { outcome: "ok", requests: 3 });
  });

  it("make at most 3 attempts", async () => {
    assert.deepEqual(await attempt(unavailable, "read"), { outcome: Code.Unavailable, requests: 3 });
  });

  it("are limited only by the deadline for requests that were provably not processed", async () => {
    const often = Array.from({ length: 50 }, () => refused);
    assert.deepEqual(await attempt(inTurn(...often), "write"), { outcome: "ok", requests: 51 });
    const once = { retry: { maxAttempts: 1 } };
    assert.deepEqual(await attempt(inTurn(...often), "write", once), { outcome: "ok", requests: 51 });
  });

  it("slow down for a server that keeps refusing, and end at the deadline", async () => {
    const delays: number[] = [];
    const clock = new TestClock();
    await using peer = await Peer.start({ onRequest: refused });
    using connection = connectTo(peer.origin, {
      clock,
      onEvent: (event) => event.type === "retrying" && delays.push(event.delayMs),
    });
    const call = failing(users(connection).deleteUser({}, { timeoutMs: 3000 }));
    for (let i = 0; i < 32; i++) {
      await turns(30);
      await clock.advance(100);
    }
    const { error, failure } = await call;
    assert.deepEqual([error.code, failure.unprocessed], [Code.Unavailable, true]);
    assert.deepEqual(delays.slice(0, 7), [0, 0, 0, 2.5, 5, 10, 20]);
    assert.ok(peer.requests < 25, `${peer.requests} requests`);
  });

  it("are limited where the server closed the connection with an error that the call may have caused", async () => {
    const poisoned: Handler = ({ connection }) => connection.goaway(0, ERROR.enhanceYourCalm);
    const { outcome, requests } = await attempt(poisoned, "write");
    assert.deepEqual([outcome, requests], [Code.Unavailable, 3]);
  });

  it("carry reads, but no write, over a short failure of the server's database", async () => {
    const troubles = [
      "unknown database error: FATAL: terminating connection due to administrator command (SQLSTATE 57P01) ()",
      "unable to set instance using origin http://localhost",
      "db connection error ()",
      "An internal error occurred (QUERY-AG4gs)",
      "An internal error occurred (QUERY-aAZ1D)",
      "An internal error occurred (SQL-KyeAx)",
    ];
    for (const message of troubles) {
      const trouble = error(500, { code: "internal", message });
      const calls = inTurn(...Array.from({ length: 5 }, () => trouble));
      assert.deepEqual(
        await attempt(calls, "read", withInstantWaits()),
        { outcome: "ok", requests: 6 },
        message,
      );
      assert.equal((await attempt(calls, "write")).requests, 1, message);
      const once = { retry: { maxAttempts: 1 } };
      assert.equal((await attempt(calls, "read", once)).requests, 1, message);
    }
  });

  it("add almost no load to a server whose database is down, and bring all reads through", async () => {
    const trouble = error(500, { code: "internal", message: "db connection error ()" });
    const clock = new TestClock();
    let down = true;
    await using peer = await Peer.start({ onRequest: (request) => (down ? trouble : respond)(request) });
    using connection = connectTo(peer.origin, { clock });
    const calls = Promise.all(Array.from({ length: 500 }, () => users(connection).getUserByID({})));
    await until(() => peer.requests === 500);
    for (let i = 0; i < 50; i++) await clock.advance(100);
    assert.ok(peer.requests <= 515, `${peer.requests} requests`);
    down = false;
    await clock.advance(1000);
    await calls;
    assert.ok(peer.requests <= 1015, `${peer.requests} requests`);
  });

  it("give up on a read when the database stays down for as long as calls wait for a connection", async () => {
    const clock = new TestClock();
    const trouble = error(500, { code: "internal", message: "db connection error ()" });
    await using peer = await Peer.start({ onRequest: trouble });
    using connection = connectTo(peer.origin, { clock, connectTimeoutMs: 4000 });
    const call = failing(users(connection).getUserByID({}));
    for (let i = 0; i < 41; i++) {
      await turns(20);
      await clock.advance(100);
    }
    const { error: last, failure } = await call;
    assert.deepEqual([last.code, failure.origin], [Code.Internal, "server"]);
    assert.ok(failure.elapsedMs >= 4000 && failure.elapsedMs < 4200, `${failure.elapsedMs} ms`);
  });

  it("repeat a write conflict for any method, and more often", async () => {
    const times = (count: number) => inTurn(...Array.from({ length: count }, () => conflict));
    assert.deepEqual(await attempt(times(9), "write"), { outcome: "ok", requests: 10 });
    assert.deepEqual(await attempt(times(10), "write"), { outcome: Code.Unknown, requests: 10 });
    assert.deepEqual(await attempt(times(2), "write", { retry: { maxConflictAttempts: 2 } }), {
      outcome: Code.Unknown,
      requests: 2,
    });
  });

  it("complete 64 parallel writes of which half collide", async () => {
    const tries = new Map<string, number>();
    await using peer = await Peer.start({
      onRequest: (request) => {
        const id = parseUserId(request.body);
        const before = tries.get(id) ?? 0;
        tries.set(id, before + 1);
        (before < Number(id) % 4 ? conflict : respond)(request);
      },
    });
    using connection = connectTo(peer.origin);
    await Promise.all(Array.from({ length: 64 }, (_, i) => users(connection).deleteUser({ userId: `${i}` })));
    assert.equal(peer.requests, 64 + 16 * (1 + 2 + 3));
  });

  it("skip quota and limit errors, and other exhaustion unless the server sends Retry-After", async () => {
    const invited = { "retry-after": "0" };
    const exhausted = (message: string, headers = {}) =>
      error(429, { code: "resource_exhausted", message }, headers);
    const outcomes = async (handler: Handler) => (await attempt(inTurn(handler), "read")).requests;
    assert.equal(await outcomes(exhausted("Quota exhausted (QUOTA-vjAy8)", invited)), 1);
    assert.equal(await outcomes(exhausted("Blocked (LIMITS-molsj)", invited)), 1);
    assert.equal(await outcomes(exhausted("busy")), 1);
    assert.equal(await outcomes(exhausted("busy", invited)), 2);
  });

  it("repeat a read after a 429 from a proxy, with and without Retry-After in both formats", async () => {
    const date = "Thu, 01 Jan 2026 00:00:00 GMT";
    const limited =
      (headers: Record<string, string>): Handler =>
      ({ connection, streamId }) =>
        connection.refuse(streamId, 429, "slow down", headers);
    for (const headers of [{}, { "retry-after": "0" }, { "retry-after": date, date }]) {
      assert.equal((await attempt(inTurn(limited(headers)), "read")).requests, 2);
      const write = await attempt(inTurn(limited(headers)), "write");
      assert.deepEqual(write, { outcome: Code.ResourceExhausted, requests: 1 });
    }
    const blocked: Handler = ({ connection, streamId }) =>
      connection.refuse(streamId, 429, "Your ZITADEL instance is blocked.");
    assert.equal((await attempt(inTurn(blocked), "read")).requests, 1);
  });

  it("compare the date of Retry-After with the clock of the server that sent it", async () => {
    const headers = { "retry-after": "Thu, 01 Jan 2026 00:00:07 GMT", date: "Thu, 01 Jan 2026 00:00:00 GMT" };
    const delays: number[] = [];
    const clock = new TestClock();
    await using peer = await Peer.start({
      onRequest: inTurn(({ connection, streamId }) => connection.refuse(streamId, 429, "", headers)),
    });
    using connection = connectTo(peer.origin, {
      clock,
      onEvent: (event) => event.type === "retrying" && delays.push(event.delayMs),
    });
    const call = users(connection).getUserByID({});
    await until(() => delays.length === 1);
    await clock.advance(7000);
    await call;
    assert.deepEqual(delays, [7000]);
  });

  it("never repeat a call after a final error of the server", async () => {
    for (const code of ["internal", "not_found", "unauthenticated", "failed_precondition", "unknown"]) {
      assert.equal((await attempt(inTurn(error(400, { code })), "read")).requests, 1, code);
    }
  });

  it("follow the mode of a method, and above it the mode of a call", async () => {
    const modes = { retry: { modeOf: () => "idempotent" as const } };
    assert.equal((await attempt(inTurn(unavailable), "write", modes)).requests, 2);
    const never = createContextValues().set(retryMode, "never");
    assert.equal((await attempt(inTurn(refused), "write", modes, never)).requests, 1);
    const idempotent = createContextValues().set(retryMode, "idempotent");
    assert.equal((await attempt(inTurn(unavailable), "write", {}, idempotent)).requests, 2);
  });

  it("honor Retry-After within the deadline", async () => {
    const clock = new TestClock();
    const after = error(503, { code: "unavailable" }, { "retry-after": "7" });
    await using peer = await Peer.start({ onRequest: inTurn(after, after) });
    let sleeps = 0;
    using connection = connectTo(peer.origin, {
      clock,
      onEvent: ({ type }) => {
        if (type === "retrying") sleeps += 1;
      },
    });
    const call = users(connection).getUserByID({ userId: "1" });
    await until(() => sleeps === 1, "the sleep");
    await clock.advance(6999);
    assert.equal(peer.requests, 1);
    await clock.advance(1);
    await until(() => sleeps === 2);
    await clock.advance(7000);
    await call;
    const tooLong = await attempt(
      inTurn(error(503, { code: "unavailable" }, { "retry-after": "31" })),
      "read",
    );
    assert.deepEqual(tooLong, { outcome: Code.Unavailable, requests: 1 });
  });

  it("do not wait for a Retry-After longer than any timer", async () => {
    const tooFarAhead = error(503, { code: "unavailable" }, { "retry-after": "3000000" });
    const outcome = await attempt(inTurn(tooFarAhead), "read", { timeoutMs: 0 });
    assert.deepEqual(outcome, { outcome: Code.Unavailable, requests: 1 });
  });

  it("end their pause when the client is closed", async () => {
    const clock = new TestClock();
    const retryLater = error(503, { code: "unavailable" }, { "retry-after": "3" });
    await using peer = await Peer.start({ onRequest: inTurn(retryLater) });
    const sleeping: number[] = [];
    const connection = connectTo(peer.origin, {
      clock,
      onEvent: (event) => {
        if (event.type === "retrying") sleeping.push(event.delayMs);
      },
    });
    const call = failing(users(connection).getUserByID({}));
    await until(() => sleeping.length === 1);
    connection.close();
    assert.deepEqual([(await call).failure.fault, peer.requests], ["closed", 1]);
  });

  it("end their pause when the caller aborts", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start({ onRequest: unavailable });
    let sleeps = 0;
    using connection = connectTo(peer.origin, {
      clock,
      onEvent: ({ type }) => {
        if (type === "retrying") sleeps += 1;
      },
    });
    const controller = new AbortController();
    const call = failing(users(connection).getUserByID({}, { signal: controller.signal }));
    await until(() => sleeps === 1, "the sleep");
    const before = clock.pending;
    controller.abort();
    assert.equal((await call).error.code, Code.Canceled);
    assert.equal(clock.pending, before - 1);
  });

  it("spread their pauses over the whole range, which doubles each time", async () => {
    const delays: number[] = [];
    const { clock } = withInstantWaits();
    const onEvent: ConnectionOptions["onEvent"] = (event) => {
      if (event.type === "retrying") delays.push(event.delayMs);
    };
    const options = { clock, onEvent, retry: { maxAttempts: 7 } };
    await attempt(unavailable, "read", options);
    assert.deepEqual(delays, [50, 100, 200, 400, 800, 1000]);
  });

  it("put at most 1.1 times the offered load on a server that is down", async () => {
    await using peer = await Peer.start({ onRequest: unavailable });
    using connection = connectTo(peer.origin, withInstantPauses());
    const offered = 1000;
    const calls = Array.from({ length: offered }, () => users(connection).getUserByID({}));
    await Promise.allSettled(calls);
    assert.ok(peer.requests > offered && peer.requests <= offered * 1.1, `${peer.requests} requests`);
  });

  it("put no more on a server that drops every connection", async () => {
    await using peer = await Peer.start({ onRequest: ({ connection }) => connection.destroy() });
    using connection = connectTo(peer.origin, withInstantPauses());
    const offered = 1000;
    for (let i = 0; i < offered / 50; i++) {
      const calls = Array.from({ length: 50 }, () => users(connection).getUserByID({}));
      await Promise.allSettled(calls);
    }
    assert.ok(peer.requests <= offered * 1.1, `${peer.requests} requests`);
  });

  it("execute a write at most once under every fault", async () => {
    const ledger = new Map<string, number>();
    const execute = ({ body }: PeerRequest) => {
      const id = parseUserId(body);
      ledger.set(id, (ledger.get(id) ?? 0) + 1);
    };
    // What the server does after it has executed the request.
    const after: Handler[] = [
      respond,
      ({ connection }) => connection.destroy(),
      ({ connection, streamId }) => connection.rst(streamId, ERROR.none),
      ({ connection, streamId }) => connection.rst(streamId, ERROR.cancel),
      ({ connection, streamId }) => connection.rst(streamId, ERROR.internal),
      ({ connection, streamId }) => connection.rst(streamId, ERROR.enhanceYourCalm),
      ({ connection, streamId }) => {
        connection.headers(streamId, { ":status": "200", "content-type": "application/proto" });
        connection.destroy();
      },
      ({ connection, streamId }) => connection.goaway(streamId, ERROR.internal),
      ({ connection, streamId }) => {
        connection.goaway(streamId);
        connection.respond(streamId);
      },
      unavailable,
      error(500, { code: "internal" }),
      error(503, { code: "unavailable" }, { "retry-after": "0" }),
      error(504, { code: "deadline_exceeded" }),
    ];
    // What it does instead of executing it.
    const instead: Handler[] = [refused, ({ connection }) => connection.goaway(0)];
    let random = 1;
    await using peer = await Peer.start({
      maxConcurrentStreams: 20,
      onRequest: (request) => {
        random = (random * 48271) % 2147483647;
        const what = random % (after.length + instead.length + 20);
        const skipped = instead[what];
        if (skipped !== undefined) return skipped(request);
        execute(request);
        (after[what - instead.length] ?? respond)(request);
      },
    });
    using connection = connectTo(peer.origin, { timeoutMs: 5000 });
    const outcomes = new Map<string, string>();
    const writer = async (name: number) => {
      for (let i = 0; i < 50; i++) {
        const userId = `${name}-${i}`;
        await users(connection)
          .deleteUser({ userId })
          .then(
            () => outcomes.set(userId, "ok"),
            async (reason) => {
              const { failure } = await failing(Promise.reject(reason));
              outcomes.set(userId, failure.unprocessed ? "unprocessed" : "unknown");
            },
          );
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, i) => writer(i)));
    assert.equal(outcomes.size, 800);
    for (const [id, outcome] of outcomes) {
      const ran = ledger.get(id) ?? 0;
      assert.ok(ran <= 1, `${id} ran ${ran} times`);
      if (outcome === "ok") assert.equal(ran, 1);
      if (outcome === "unprocessed") assert.equal(ran, 0);
    }
    assert.ok([...outcomes.values()].filter((outcome) => outcome === "ok").length > 200);
  });
});
