import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import http2 from "node:http2";
import { syncBuiltinESMExports } from "node:module";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import type { TransportEvent } from "../../src/transport/events.ts";
import { collectGarbage } from "./support/collect-garbage.ts";
import { connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { ERROR, FRAME } from "./support/frames.ts";
import { freePort } from "./support/free-port.ts";
import { Peer, type PeerRequest, respond } from "./support/peer.ts";
import { TestClock, turns, until } from "./support/test-clock.ts";
import { users } from "./support/users.ts";

/** What Node's types omit. */
type NumberedSession = http2.ClientHttp2Session & { setNextStreamID(id: number): void };

describe("sessions", () => {
  assertNoCrashes();

  it("share one connection between all calls", async () => {
    await using peer = await Peer.start({ onRequest: respond });
    using connection = connectTo(peer.origin);
    await Promise.all(Array.from({ length: 100 }, () => users(connection).getUserByID({})));
    assert.deepEqual([peer.connections.length, peer.requests], [1, 100]);
  });

  it("complete a burst of 1000 calls on a limit of 10 streams, within the limit and in order", async () => {
    const seen: number[] = [];
    await using peer = await Peer.start({
      maxConcurrentStreams: 10,
      onRequest: ({ connection, streamId, body }) => {
        seen.push(Number(body.subarray(2).toString()));
        setImmediate(() => connection.respond(streamId));
      },
    });
    using connection = connectTo(peer.origin, { clock: new TestClock(), maxConnections: 1 });
    const ids = Array.from({ length: 1000 }, (_, i) => i);
    await Promise.all(ids.map((id) => users(connection).getUserByID({ userId: `${id}` })));
    assert.ok(peer.last.mostOpen <= 10, `${peer.last.mostOpen} streams were open`);
    assert.deepEqual(seen, ids);
  });

  it("let a pending call abort, and go on with the next", async () => {
    const held: PeerRequest[] = [];
    await using peer = await Peer.start({
      maxConcurrentStreams: 1,
      onRequest: (request) => held.push(request),
    });
    using connection = connectTo(peer.origin);
    const first = users(connection).getUserByID({ userId: "1" });
    await until(() => held.length === 1);
    const controller = new AbortController();
    const second = failing(users(connection).getUserByID({ userId: "2" }, { signal: controller.signal }));
    const third = users(connection).getUserByID({ userId: "3" });
    controller.abort();
    const { error, failure } = await second;
    assert.deepEqual([error.code, failure.unprocessed], [Code.Canceled, true]);
    held[0]?.connection.respond(held[0].streamId);
    await first;
    await until(() => held.length === 2);
    held[1]?.connection.respond(held[1].streamId);
    await third;
  });

  it("follow a limit that the server changes", async () => {
    const held: PeerRequest[] = [];
    await using peer = await Peer.start({
      maxConcurrentStreams: 1,
      onRequest: (request) => held.push(request),
    });
    using connection = connectTo(peer.origin);
    const calls = Promise.all([1, 2, 3].map(() => users(connection).getUserByID({})));
    await until(() => held.length === 1);
    peer.last.settings(3);
    await until(() => held.length === 3);
    held.forEach(respond);
    await calls;
  });

  it("bring reads through a black hole within 5 s, and give up on writes when pings have timed out", async () => {
    const clock = new TestClock();
    const events: string[] = [];
    await using peer = await Peer.start({ onRequest: respond });
    using connection = connectTo(peer.origin, { clock, onEvent: ({ type }) => events.push(type) });
    await users(connection).getUserByID({});
    peer.last.silence();
    let read = false;
    const hanging = users(connection)
      .getUserByID({ userId: "read" })
      .then(() => {
        read = true;
      });
    const write = failing(users(connection).deleteUser({ userId: "write" }));
    await until(() => peer.requests === 3);
    for (let i = 0; i < 50 && !read; i++) {
      await clock.advance(100);
      await turns();
    }
    await hanging;
    assert.deepEqual([peer.connections.length, events.includes("ping-timeout")], [2, false]);
    await users(connection).deleteUser({ userId: "another write goes elsewhere at once" });
    await clock.advance(10_000);
    const { error, failure } = await write;
    assert.deepEqual(
      [error.code, failure.fault, failure.unprocessed],
      [Code.Unavailable, "ping-timeout", false],
    );
    assert.ok(events.includes("ping-timeout"));
    await until(() => peer.connections[0]?.socket.destroyed === true, "the end of the dead connection");
  });

  for (const { what, rpc, retry } of [
    { what: "a write", rpc: "deleteUser", retry: undefined },
    { what: "a read that is never retried", rpc: "getUserByID", retry: { modeOf: () => "never" as const } },
    { what: "a read with a single attempt", rpc: "getUserByID", retry: { maxAttempts: 1 } },
  ] as const) {
    it(`let ${what} finish if the server was only late`, async () => {
      const clock = new TestClock();
      const held: PeerRequest[] = [];
      await using peer = await Peer.start({
        onRequest: (request) => {
          if (request.number === 1) respond(request);
          else held.push(request);
        },
      });
      using connection = connectTo(peer.origin, { clock, retry });
      await users(connection).getUserByID({});
      const call = users(connection)[rpc]({ userId: "1" });
      await until(() => held.length === 1);
      peer.last.hold(FRAME.ping);
      await clock.advance(8000);
      held.forEach(respond);
      await call;
      assert.deepEqual([peer.connections.length, peer.requests], [1, 2]);
    });
  }

  it("ping a connection less and less often while long calls run on a responsive server", async () => {
    const clock = new TestClock();
    const held: PeerRequest[] = [];
    await using peer = await Peer.start({ onRequest: (request) => held.push(request) });
    using connection = connectTo(peer.origin, { clock, timeoutMs: 0 });
    const call = users(connection).deleteUser({ userId: "1" });
    await until(() => held.length === 1);
    for (let i = 0; i < 60; i++) {
      await clock.advance(1000);
      await turns(20);
    }
    assert.ok(peer.last.pings >= 4 && peer.last.pings <= 6, `${peer.last.pings} pings in a minute`);
    held.forEach(respond);
    await call;
  });

  it("do not count a ping that cannot be sent after GOAWAY as unanswered", async () => {
    const clock = new TestClock();
    const held: PeerRequest[] = [];
    await using peer = await Peer.start({ onRequest: (request) => held.push(request) });
    const events: string[] = [];
    using connection = connectTo(peer.origin, {
      clock,
      timeoutMs: 0,
      onEvent: ({ type }) => events.push(type),
    });
    const call = users(connection).deleteUser({ userId: "1" });
    await until(() => held.length === 1);
    peer.last.goaway(2 ** 31 - 1);
    await until(() => events.includes("goaway"));
    for (let i = 0; i < 60; i++) await clock.advance(1000);
    held.forEach(respond);
    await call;
    assert.equal(peer.connections.length, 1);
  });

  it("ping less often on the next connections when the server complains about pings", async () => {
    const clock = new TestClock();
    const events: TransportEvent[] = [];
    await using peer = await Peer.start({ onRequest: respond });
    using connection = connectTo(peer.origin, {
      clock,
      idleTimeoutMs: 0,
      maxConnectionAgeMs: 0,
      onEvent: (event) => events.push(event),
    });
    const pingsIn80Seconds = async () => {
      await users(connection).getUserByID({});
      await turns();
      for (let i = 0; i < 8; i++) await clock.advance(10_000);
      return peer.last.pings;
    };
    assert.equal(await pingsIn80Seconds(), 4);
    peer.last.goaway(2 ** 31 - 1, ERROR.enhanceYourCalm, "too_many_pings\x1b[2J");
    await until(() => events.some(({ type }) => type === "session-closed"));
    assert.deepEqual(
      events.flatMap((event) => (event.type === "goaway" ? [[event.errorCode, event.debugData]] : [])),
      [[ERROR.enhanceYourCalm, "too_many_pings [2J"]],
    );
    assert.equal(await pingsIn80Seconds(), 2);
  });

  it("say in the error of a call why the server closed the connection", async () => {
    await using peer = await Peer.start({
      onRequest: ({ connection, streamId }) => connection.goaway(streamId, ERROR.internal, "out of memory"),
    });
    using connection = connectTo(peer.origin);
    const { error, failure } = await failing(users(connection).deleteUser({}));
    assert.equal(failure.fault, "connection-lost");
    assert.match(error.rawMessage, /GOAWAY 2 "out of memory"/);
  });

  it("say in the error of a call that the server sent something that is not HTTP/2", async () => {
    await using peer = await Peer.start({
      // A server may send data only on streams that the client has opened.
      onRequest: ({ connection, streamId }) => connection.data(streamId + 2, Buffer.from("x"), false),
    });
    using connection = connectTo(peer.origin);
    const { error, failure } = await failing(users(connection).deleteUser({}));
    assert.equal(failure.fault, "connection-lost");
    assert.equal(
      error.rawMessage,
      "The connection was lost: the server sent invalid HTTP/2 (Protocol error)",
    );
  });

  it("ping a connection that was silent for too long before they use it for a call", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start({ onRequest: respond });
    using connection = connectTo(peer.origin, { clock });
    await users(connection).getUserByID({});
    peer.last.silence();
    // The process was suspended: time passed, but no timer fired.
    clock.time += 3_600_000;
    const write = users(connection).deleteUser({ userId: "1" }, { timeoutMs: 0 });
    await turns();
    assert.equal(peer.requests, 1);
    await clock.advance(5000);
    await write;
    assert.deepEqual([peer.connections.length, peer.requests], [2, 2]);
  });

  it("keep a connection that responds after a long silence", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start({ onRequest: respond });
    using connection = connectTo(peer.origin, { clock });
    await users(connection).getUserByID({});
    clock.time += 3_600_000;
    await users(connection).deleteUser({ userId: "1" });
    assert.deepEqual([peer.connections.length, peer.last.pings], [1, 1]);
  });

  it("ping only a quiet connection, and close one that has been idle for long", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start({ onRequest: respond });
    using connection = connectTo(peer.origin, { clock, pingIntervalMs: 20_000, idleTimeoutMs: 60_000 });
    await users(connection).getUserByID({});
    await turns();
    await clock.advance(19_000);
    await users(connection).getUserByID({});
    await turns();
    await clock.advance(2000);
    assert.equal(peer.last.pings, 0);
    await clock.advance(18_000);
    await until(() => peer.last.pings === 1, "the ping");
    for (let i = 0; i < 4; i++) await clock.advance(20_000);
    await until(() => peer.last.socket.destroyed, "the end of the idle connection");
    await users(connection).getUserByID({});
    assert.equal(peer.connections.length, 2);
  });

  it("let running calls finish after GOAWAY, and open a new connection for the next", async () => {
    const held: PeerRequest[] = [];
    await using peer = await Peer.start({ onRequest: (request) => held.push(request) });
    const events: string[] = [];
    using connection = connectTo(peer.origin, { onEvent: ({ type }) => events.push(type) });
    const running = users(connection).deleteUser({ userId: "1" });
    await until(() => held.length === 1);
    peer.last.goaway(2 ** 31 - 1);
    await until(() => events.includes("goaway"));
    const next = users(connection).deleteUser({ userId: "2" });
    await until(() => held.length === 2);
    held.forEach(respond);
    await Promise.all([running, next]);
    assert.equal(peer.connections.length, 2);
    assert.equal(held[0]?.connection === held[1]?.connection, false);
  });

  it("lose no call that the server had not processed before GOAWAY", async () => {
    await using peer = await Peer.start({
      onRequest: (request) => {
        const { connection, streamId, number } = request;
        // It accepted five of the ten calls under way.
        if (number === 10) connection.goaway(9);
        if (number > 10) respond(request);
        else if (streamId <= 9) setTimeout(() => respond(request), 5);
      },
    });
    using connection = connectTo(peer.origin);
    const ids = Array.from({ length: 10 }, (_, i) => `${i}`);
    await Promise.all(ids.map((userId) => users(connection).deleteUser({ userId })));
    assert.deepEqual([peer.connections.length, peer.requests], [2, 15]);
  });

  it("give up on a request that got its response before it was read, rather than keep its stream", async () => {
    await using peer = await Peer.start();
    using connection = connectTo(peer.origin, { compressMinBytes: Number.POSITIVE_INFINITY });
    const call = users(connection).deleteUser({ userId: "1".repeat(1_000_000) });
    const sent = (type: number) => peer.connections[0]?.frames.filter((frame) => frame.type === type) ?? [];
    await until(() => sent(FRAME.data).length > 0);
    peer.last.respond(1);
    await call;
    await until(() => sent(FRAME.rstStream).length > 0);
    assert.deepEqual(
      sent(FRAME.rstStream).map(({ streamId, payload }) => [streamId, payload.readUInt32BE()]),
      [[1, ERROR.cancel]],
    );
  });

  it("change the connection before its stream ids run out", async (t) => {
    const connect = http2.connect;
    t.mock.method(http2, "connect", (...args: Parameters<typeof connect>) => {
      const session = connect(...args);
      session.once("connect", () => (session as NumberedSession).setNextStreamID(2 ** 31 - 9));
      return session;
    });
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    await using peer = await Peer.start({ onRequest: respond });
    using connection = connectTo(peer.origin);
    for (let i = 0; i < 3; i++) {
      await Promise.all(Array.from({ length: 4 }, () => users(connection).deleteUser({})));
    }
    assert.deepEqual([peer.connections.length, peer.requests], [3, 12]);
  });

  it("survive 1000 idle GOAWAYs without a growing heap", async () => {
    await using peer = await Peer.start({ onRequest: respond });
    using connection = connectTo(peer.origin);
    const rounds = async (count: number) => {
      for (let i = 0; i < count; i++) {
        await users(connection).getUserByID({});
        peer.last.goaway(2 ** 31 - 1, i % 2 === 0 ? ERROR.none : ERROR.enhanceYourCalm);
        if (i % 4 === 0) await turns(2);
      }
      peer.connections.splice(0, peer.connections.length - 1);
      await turns(20);
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = await rounds(200);
    const after = await rounds(1000);
    assert.ok(after < before + 2_000_000, `${before} → ${after}`);
  });

  it("share one reconnect loop with backoff, on which pending calls wait", async () => {
    const port = await freePort();
    const failures: number[] = [];
    using connection = connectTo(`http://127.0.0.1:${port}`, {
      onEvent: (event) => event.type === "connect-failed" && failures.push(event.delayMs),
    });
    const calls = Array.from({ length: 50 }, (_, i) => users(connection).deleteUser({ userId: `${i}` }));
    await until(() => failures.length >= 3, "three tries");
    await using peer = await Peer.start({ port, onRequest: respond });
    await Promise.all(calls);
    assert.deepEqual([peer.connections.length, peer.requests], [1, 50]);
  });

  it("stop waiting for a connection after connectTimeoutMs, and report the reason", async () => {
    const clock = new TestClock();
    using connection = connectTo(`http://127.0.0.1:${await freePort()}`, { clock, connectTimeoutMs: 4000 });
    const call = failing(users(connection).deleteUser({ userId: "1" }));
    let done = false;
    void call.then(() => {
      done = true;
    });
    for (let i = 0; i < 100 && !done; i++) await clock.advance(100);
    const { error, failure } = await call;
    assert.match(error.message, /No connection to http:\S+ within 4000 ms: connect ECONNREFUSED/);
    assert.deepEqual([failure.fault, failure.unprocessed, failure.attempts], ["not-connected", true, 1]);
    assert.ok(failure.elapsedMs <= 4100, `${failure.elapsedMs} ms`);
  });

  /** Makes a call fail while seconds pass, and returns after how many milliseconds. */
  const failAfter = async (clock: TestClock, call: ReturnType<typeof failing>) => {
    const startedAt = clock.monotonic();
    let done = false;
    void call.then(() => {
      done = true;
    });
    for (let i = 0; i < 150 && !done; i++) {
      await clock.advance(100);
      await turns(5);
    }
    return clock.monotonic() - startedAt;
  };

  it("soon give up on a local port on which nothing has ever listened", async () => {
    const clock = new TestClock();
    using connection = connectTo(`http://127.0.0.1:${await freePort()}`, { clock });
    const call = failing(users(connection).getUserByID({ userId: "1" }));
    assert.ok((await failAfter(clock, call)) <= 3_000);
    const { error, failure } = await call;
    assert.match(error.message, /Nothing listens at http:\S+ \(connect ECONNREFUSED 127\.0\.0\.1:\d+\)/);
    assert.deepEqual([failure.fault, failure.unprocessed], ["not-connected", true]);
  });

  it("do the same over HTTP/1.1", async () => {
    const clock = new TestClock();
    // A second passes whenever the clock is read, so that the third attempt is too late.
    clock.monotonic = () => {
      clock.time += 1_000;
      return clock.time;
    };
    const origin = `http://127.0.0.1:${await freePort()}`;
    using connection = connectTo(origin, { clock, httpVersion: "1.1", timeoutMs: 0 });
    const { error } = await failing(users(connection).getUserByID({ userId: "1" }));
    assert.match(error.message, /Nothing listens at http:/);
  });

  it("wait for a local port where connectTimeoutMs is set, or where a server has responded before", async () => {
    const clock = new TestClock();
    const port = await freePort();
    const peer = await Peer.start({ port, onRequest: respond });
    using connection = connectTo(`http://127.0.0.1:${port}`, { clock });
    await users(connection).deleteUser({ userId: "1" });
    await peer[Symbol.asyncDispose]();
    await turns(50);
    const afterRestart = failing(users(connection).deleteUser({ userId: "2" }));
    assert.ok((await failAfter(clock, afterRestart)) >= 9_900);

    using patient = connectTo(`http://127.0.0.1:${port}`, { clock, connectTimeoutMs: 8_000 });
    const atStart = failing(users(patient).deleteUser({ userId: "3" }));
    assert.ok((await failAfter(clock, atStart)) >= 7_900);
  });

  it("back off from a server that closes each connection unused, and give up after connectTimeoutMs", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start({
      maxConcurrentStreams: 0,
      onConnection: ({ socket }) => socket.end(),
    });
    using connection = connectTo(peer.origin, { clock, connectTimeoutMs: 10_000, timeoutMs: 0 });
    const call = failing(users(connection).deleteUser({}));
    for (let second = 0; second < 12; second++) {
      await turns(30);
      await clock.advance(1000);
    }
    assert.equal((await call).failure.fault, "not-connected");
    assert.ok(peer.connections.length < 40, `${peer.connections.length} connections`);
  });

  it("open no connection for pending calls when the client is closed", async () => {
    const clock = new TestClock();
    clock.chance = 0;
    await using peer = await Peer.start({ maxConcurrentStreams: 1 });
    const connection = connectTo(peer.origin, { clock });
    const calls = Array.from({ length: 3 }, () => failing(users(connection).getUserByID({})));
    await until(() => peer.connections[0]?.open.size === 1);
    connection.close();
    for (const { failure } of await Promise.all(calls)) assert.equal(failure.fault, "closed");
    await turns(30);
    assert.equal(peer.connections.length, 1);
  });

  it("treat data as a sign of life, since the response to a ping may be queued behind it", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start({
      onRequest: (request) => {
        if (request.number === 1) respond(request);
      },
    });
    using connection = connectTo(peer.origin, { clock, pingIntervalMs: 20_000, pingTimeoutMs: 5000 });
    await users(connection).getUserByID({});
    const slow = failing(users(connection).deleteUser({ userId: "slow" }, { timeoutMs: 0 }));
    await until(() => peer.requests === 2);
    peer.last.headers(3, { ":status": "200", "content-type": "application/proto" });
    peer.last.hold(FRAME.ping);
    await turns(30);
    for (let i = 0; i < 20; i++) {
      await clock.advance(3000);
      peer.last.data(3, new Uint8Array(1), false);
      await turns();
    }
    assert.equal(peer.last.pings, 1);
    peer.last.rst(3, ERROR.internal);
    assert.equal((await slow).failure.fault, "truncated-response");
    assert.equal(peer.connections.length, 1);
  });

  it("do not consider a server that never sends SETTINGS connected", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start({ mute: true });
    using connection = connectTo(peer.origin, { clock, connectTimeoutMs: 1000 });
    const call = failing(users(connection).deleteUser({ userId: "1" }));
    for (let i = 0; i < 12; i++) await clock.advance(100);
    assert.equal((await call).failure.fault, "not-connected");
  });

  it("fail no read and no unsent write while the server restarts under load", async () => {
    const port = await freePort();
    const serve = () => Peer.start({ port, onRequest: respond });
    let peer = await serve();
    using connection = connectTo(peer.origin);
    const writes = new Map<string, string>();
    let running = true;
    let reads = 0;
    const reader = async () => {
      while (running) {
        await users(connection).getUserByID({});
        reads += 1;
        await turns(1);
      }
    };
    const writer = async (name: number) => {
      for (let i = 0; running; i++) {
        const id = `${name}-${i}`;
        try {
          await users(connection).deleteUser({ userId: id });
        } catch (error) {
          writes.set(id, String(error));
        }
        await turns(1);
      }
    };
    const load = [...Array.from({ length: 16 }, reader), ...Array.from({ length: 4 }, (_, i) => writer(i))];
    await until(() => reads > 200);
    await peer[Symbol.asyncDispose]();
    await new Promise((resolve) => setTimeout(resolve, 300));
    peer = await serve();
    const before = reads;
    await until(() => reads > before + 200);
    running = false;
    await Promise.all(load);
    await peer[Symbol.asyncDispose]();
    // Only what was in flight at that moment may be lost: one write per writer.
    assert.ok(writes.size <= 4, [...writes].join("\n"));
  });

  it("let the process exit by itself when no call is running", async () => {
    await using peer = await Peer.start({ onRequest: respond });
    const { pathname } = new URL("./support/one-call.ts", import.meta.url);
    const child = spawn(process.execPath, [pathname, peer.origin], { stdio: ["ignore", "pipe", "inherit"] });
    const kill = setTimeout(() => child.kill("SIGKILL"), 10_000);
    const code = await new Promise((resolve) => child.once("exit", resolve));
    clearTimeout(kill);
    assert.deepEqual([code, peer.requests], [0, 1]);
  });
});
