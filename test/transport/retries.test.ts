import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, createContextValues } from "@connectrpc/connect";
import type { ConnectionOptions } from "../../src/transport/connection.ts";
import { retryMode } from "../../src/transport/retry/retry-mode.ts";
import { connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { ERROR } from "./support/frames.ts";
import { Peer, type PeerRequest } from "./support/peer.ts";
import { TestClock, until } from "./support/test-clock.ts";
import { userIdOf, users } from "./support/users.ts";

type Answer = (request: PeerRequest) => void;

const ok: Answer = ({ connection, streamId }) => connection.answer(streamId);
const unavailable: Answer = ({ connection, streamId }) => connection.refuse(streamId, 503, "no upstream");
const refused: Answer = ({ connection, streamId }) => connection.rst(streamId, ERROR.refusedStream);
const error =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  ({ connection, streamId }) =>
    connection.refuse(streamId, status, body, headers);
const conflict = error(500, {
  code: "unknown",
  message:
    'integrity violation of type "unique" on "events2" (constraint: "events2_pkey"): ERROR: duplicate key value (SQLSTATE 23505) ()',
});

/** Answers the first requests with `answers` in turn, and the rest well. */
function scripted(...answers: Answer[]): Answer {
  return (request) => (answers[request.number - 1] ?? ok)(request);
}

/** Sleeps of retries take no time. */
function impatient(): { clock: TestClock } {
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

async function attempt(
  answer: Answer,
  kind: "read" | "write",
  options: Partial<ConnectionOptions> = {},
  contextValues = createContextValues(),
) {
  await using peer = await Peer.start({ onRequest: answer });
  using connection = connectTo(peer.origin, { ...impatient(), ...options });
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

  it("classify reads from the descriptors; unknown is not idempotent", async () => {
    assert.deepEqual(await attempt(scripted(unavailable), "read"), { outcome: "ok", requests: 2 });
    assert.deepEqual(await attempt(scripted(unavailable), "write"), {
      outcome: Code.Unavailable,
      requests: 1,
    });
  });

  it("retry provably unsent requests for any method", async () => {
    assert.deepEqual(await attempt(scripted(refused, refused), "write"), { outcome: "ok", requests: 3 });
  });

  it("make at most 3 attempts", async () => {
    const always = () => unavailable;
    assert.deepEqual(await attempt(always(), "read"), { outcome: Code.Unavailable, requests: 3 });
    assert.deepEqual(await attempt(refused, "write"), { outcome: Code.Unavailable, requests: 3 });
  });

  it("retry a write conflict for any method, and more often", async () => {
    const times = (count: number) => scripted(...Array.from({ length: count }, () => conflict));
    assert.deepEqual(await attempt(times(9), "write"), { outcome: "ok", requests: 10 });
    assert.deepEqual(await attempt(times(10), "write"), { outcome: Code.Unknown, requests: 10 });
    assert.deepEqual(await attempt(times(2), "write", { retry: { maxConflictAttempts: 2 } }), {
      outcome: Code.Unknown,
      requests: 2,
    });
  });

  it("fail none of 64 parallel writes of which half collide", async () => {
    const tries = new Map<string, number>();
    await using peer = await Peer.start({
      onRequest: (request) => {
        const id = userIdOf(request.body);
        const before = tries.get(id) ?? 0;
        tries.set(id, before + 1);
        (before < Number(id) % 4 ? conflict : ok)(request);
      },
    });
    using connection = connectTo(peer.origin);
    await Promise.all(Array.from({ length: 64 }, (_, i) => users(connection).deleteUser({ userId: `${i}` })));
    assert.equal(peer.requests, 64 + 16 * (1 + 2 + 3));
  });

  it("never retry quota and limit errors, and other exhaustion only when invited to", async () => {
    const invited = { "retry-after": "0" };
    const exhausted = (message: string, headers = {}) =>
      error(429, { code: "resource_exhausted", message }, headers);
    const outcomes = async (answer: Answer) => (await attempt(scripted(answer), "read")).requests;
    assert.equal(await outcomes(exhausted("Quota exhausted (QUOTA-vjAy8)", invited)), 1);
    assert.equal(await outcomes(exhausted("Blocked (LIMITS-molsj)", invited)), 1);
    assert.equal(await outcomes(exhausted("busy")), 1);
    assert.equal(await outcomes(exhausted("busy", invited)), 2);
  });

  it("never retry what the server said in earnest", async () => {
    for (const code of ["internal", "not_found", "unauthenticated", "failed_precondition", "unknown"]) {
      assert.equal((await attempt(scripted(error(400, { code })), "read")).requests, 1, code);
    }
  });

  it("obey the mode for a method, and the mode for a call above it", async () => {
    const modes = { retry: { modeOf: () => "safe" as const } };
    assert.equal((await attempt(scripted(unavailable), "write", modes)).requests, 2);
    const never = createContextValues().set(retryMode, "never");
    assert.equal((await attempt(scripted(refused), "write", modes, never)).requests, 1);
    const safe = createContextValues().set(retryMode, "safe");
    assert.equal((await attempt(scripted(unavailable), "write", {}, safe)).requests, 2);
  });

  it("honour Retry-After within the deadline", async () => {
    const clock = new TestClock();
    const after = error(503, { code: "unavailable" }, { "retry-after": "7" });
    await using peer = await Peer.start({ onRequest: scripted(after, after) });
    using connection = connectTo(peer.origin, { clock });
    const call = users(connection).getUserByID({ userId: "1" });
    await until(() => peer.requests === 1 && clock.pending >= 3, "the sleep");
    await clock.advance(6999);
    assert.equal(peer.requests, 1);
    await clock.advance(1);
    await until(() => peer.requests === 2);
    await until(() => clock.pending >= 3);
    await clock.advance(7000);
    await call;
    const tooLong = await attempt(
      scripted(error(503, { code: "unavailable" }, { "retry-after": "31" })),
      "read",
    );
    assert.deepEqual(tooLong, { outcome: Code.Unavailable, requests: 1 });
  });

  it("wait for no time that is beyond all", async () => {
    const answer = error(503, { code: "unavailable" }, { "retry-after": "3000000" });
    const outcome = await attempt(scripted(answer), "read", { timeoutMs: 0 });
    assert.deepEqual(outcome, { outcome: Code.Unavailable, requests: 1 });
  });

  it("end the sleep when the client is closed", async () => {
    const clock = new TestClock();
    const answer = error(503, { code: "unavailable" }, { "retry-after": "3" });
    await using peer = await Peer.start({ onRequest: scripted(answer) });
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

  it("end the sleep with the abort", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start({ onRequest: unavailable });
    using connection = connectTo(peer.origin, { clock });
    const controller = new AbortController();
    const call = failing(users(connection).getUserByID({}, { signal: controller.signal }));
    await until(() => peer.requests === 1 && clock.pending >= 3, "the sleep");
    const before = clock.pending;
    controller.abort();
    assert.equal((await call).error.code, Code.Canceled);
    assert.equal(clock.pending, before - 1);
  });

  it("spread their delays over the whole range, doubling", async () => {
    const delays: number[] = [];
    const { clock } = impatient();
    clock.chance = 0.5;
    clock.setTimer = (callback, _ms, keepAlive) => {
      if (!keepAlive) return () => {};
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    };
    const onEvent: ConnectionOptions["onEvent"] = (event) => {
      if (event.type === "retrying") delays.push(event.delayMs);
    };
    const options = { clock, onEvent, retry: { maxAttempts: 7 } };
    await attempt(unavailable, "read", options);
    assert.deepEqual(delays, [50, 100, 200, 400, 800, 1000]);
  });

  it("put at most 1.1 times the offered load on a server in full outage", async () => {
    await using peer = await Peer.start({ onRequest: unavailable });
    using connection = connectTo(peer.origin, impatient());
    const offered = 1000;
    const calls = Array.from({ length: offered }, () => users(connection).getUserByID({}));
    await Promise.allSettled(calls);
    assert.ok(peer.requests > offered && peer.requests <= offered * 1.1, `${peer.requests} requests`);
  });

  it("put no more on a server that drops every connection", async () => {
    await using peer = await Peer.start({ onRequest: ({ connection }) => connection.destroy() });
    using connection = connectTo(peer.origin, impatient());
    const offered = 1000;
    for (let i = 0; i < offered / 50; i++) {
      const calls = Array.from({ length: 50 }, () => users(connection).getUserByID({}));
      await Promise.allSettled(calls);
    }
    assert.ok(peer.requests <= offered * 1.1, `${peer.requests} requests`);
  });

  it("run a write at most once under every fault, as a ledger shows", async () => {
    const ledger = new Map<string, number>();
    const execute = ({ body }: PeerRequest) => {
      const id = userIdOf(body);
      ledger.set(id, (ledger.get(id) ?? 0) + 1);
    };
    // What the server does after it has run the request.
    const after: Answer[] = [
      ok,
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
        connection.answer(streamId);
      },
      unavailable,
      error(500, { code: "internal" }),
      error(503, { code: "unavailable" }, { "retry-after": "0" }),
      error(504, { code: "deadline_exceeded" }),
    ];
    // What it does instead of running it.
    const instead: Answer[] = [refused, ({ connection }) => connection.goaway(0)];
    let random = 1;
    await using peer = await Peer.start({
      maxConcurrentStreams: 20,
      onRequest: (request) => {
        random = (random * 48271) % 2147483647;
        const what = random % (after.length + instead.length + 20);
        const skipped = instead[what];
        if (skipped !== undefined) return skipped(request);
        execute(request);
        (after[what - instead.length] ?? ok)(request);
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
