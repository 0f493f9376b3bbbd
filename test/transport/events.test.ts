import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import type { TransportEvent } from "../../src/transport/events.ts";
import { connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { ERROR } from "./support/frames.ts";
import { Peer } from "./support/peer.ts";
import { TestClock, until } from "./support/test-clock.ts";
import { users } from "./support/users.ts";

const SECRET = "canary-7f3a";

describe("events", () => {
  assertNoCrashes();

  it("report the life of a connection and of each attempt", async () => {
    const events: TransportEvent[] = [];
    await using peer = await Peer.start({
      maxConcurrentStreams: 7,
      onRequest: ({ connection, streamId, number }) => {
        if (number <= 4) connection.rst(streamId, ERROR.refusedStream);
        else connection.respond(streamId);
      },
    });
    const clock = new TestClock();
    clock.setTimer = (callback, ms, keepAlive) => {
      if (keepAlive !== true) return () => {};
      assert.equal(ms, 2.5);
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    };
    using connection = connectTo(peer.origin, { clock, onEvent: (event) => events.push(event) });
    await users(connection).deleteUser({ userId: "1" });
    peer.last.goaway(9);
    await until(() => events.some(({ type }) => type === "session-closed"));
    const method = "zitadel.user.v2.UserService/DeleteUser";
    assert.deepEqual(events, [
      { type: "attempt-started", method, attempt: 1 },
      { type: "session-opened", maxConcurrentStreams: 7 },
      ...[1, 2, 3, 4].flatMap((attempt) => [
        { type: "attempt-failed", method, attempt, code: Code.Unavailable, fault: "stream-refused" },
        { type: "retrying", method, attempt: attempt + 1, delayMs: attempt < 4 ? 0 : 2.5 },
        { type: "attempt-started", method, attempt: attempt + 1 },
      ]),
      { type: "goaway", errorCode: 0, lastStreamId: 9, debugData: "" },
      { type: "session-draining", reason: "goaway", calls: 0 },
      { type: "session-closed" },
    ]);
  });

  it("contain no secret, and neither do errors", async () => {
    const events: TransportEvent[] = [];
    const clock = new TestClock();
    using connection = connectTo("http://127.0.0.1:1", {
      clock,
      connectTimeoutMs: 100,
      headers: new Headers({ "x-secret": SECRET }),
      proxy: new URL(`http://ada:${SECRET}@127.0.0.1:1`),
      onEvent: (event) => events.push(event),
      aroundAttempts: (next) => (call) => next({ ...call, authorization: `Bearer ${SECRET}` }),
    });
    const call = failing(users(connection).deleteUser({ userId: SECRET }));
    await until(() => events.some(({ type }) => type === "connect-failed"));
    await clock.advance(100);
    const { error } = await call;
    const { inspect } = await import("node:util");
    const shown = inspect([events, error], { depth: 20, showHidden: true }) + JSON.stringify([events, error]);
    assert.doesNotMatch(shown, new RegExp(SECRET));
  });
});
