import assert from "node:assert/strict";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import * as net from "node:net";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { HttpError } from "../../src/shared/http-client.ts";
import type { TransportEvent } from "../../src/transport/events.ts";
import { selfSigned } from "./support/certificate.ts";
import { startConnectServer } from "./support/connect-server.ts";
import { connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { ERROR, FRAME } from "./support/frames.ts";
import { freePort } from "./support/free-port.ts";
import { Peer, type PeerConnection, type PeerRequest, respond } from "./support/peer.ts";
import { TestClock, turns, until } from "./support/test-clock.ts";
import { users } from "./support/users.ts";

const certificate = selfSigned("localhost");
const tls = { ca: certificate.cert };

function post(origin: string, signal = AbortSignal.timeout(10_000)) {
  return { method: "POST", url: `${origin}/oauth/v2/token`, body: "a=b", signal } as const;
}

describe("several connections", () => {
  assertNoCrashes();

  it("are opened while calls wait for a stream, up to the limit, and share the calls", async () => {
    const clock = new TestClock();
    const held: PeerRequest[] = [];
    await using peer = await Peer.start({
      maxConcurrentStreams: 2,
      onRequest: (request) => held.push(request),
    });
    using connection = connectTo(peer.origin, { clock, maxConnections: 3 });
    const calls = Array.from({ length: 20 }, () => users(connection).deleteUser({}));
    await until(() => held.length === 2);
    await clock.advance(99);
    assert.equal(peer.connections.length, 1);
    for (let i = 0; i < 10; i++) {
      await clock.advance(100);
      await turns(20);
    }
    assert.deepEqual(
      peer.connections.map(({ open }) => open.size),
      [2, 2, 2],
    );
    const release = setInterval(() => held.splice(0).forEach(respond), 1);
    await Promise.all(calls);
    clearInterval(release);
    assert.equal(peer.connections.length, 3);
  });

  it("are not opened for calls that get a stream without waiting long enough", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start({ maxConcurrentStreams: 2, onRequest: respond });
    using connection = connectTo(peer.origin, { clock });
    await Promise.all(Array.from({ length: 50 }, () => users(connection).deleteUser({})));
    await clock.advance(1000);
    assert.equal(peer.connections.length, 1);
  });

  it("are not opened for a server that is slow to respond, but for one that is far away", async () => {
    for (const [perTick, expected] of [
      [5, 1],
      [50, 3],
    ] as const) {
      const clock = new TestClock();
      const held: PeerRequest[] = [];
      await using peer = await Peer.start({
        maxConcurrentStreams: 100,
        onRequest: (request) => held.push(request),
      });
      using connection = connectTo(peer.origin, { clock, maxConnections: 3, timeoutMs: 0 });
      const calls = Promise.all(Array.from({ length: 2000 }, () => users(connection).deleteUser({})));
      await until(() => held.length === 100);
      for (let i = 0; i < 30; i++) {
        held.splice(0, perTick).forEach(respond);
        await turns(20);
        await clock.advance(100);
      }
      assert.equal(peer.connections.length, expected);
      const release = setInterval(() => held.splice(0).forEach(respond), 1);
      await calls;
      clearInterval(release);
    }
  });

  it("are closed when they are idle", async () => {
    const clock = new TestClock();
    const held: PeerRequest[] = [];
    await using peer = await Peer.start({
      maxConcurrentStreams: 1,
      onRequest: (request) => held.push(request),
    });
    using connection = connectTo(peer.origin, { clock, maxConnections: 2, idleTimeoutMs: 60_000 });
    const calls = Promise.all([1, 2].map(() => users(connection).deleteUser({})));
    await until(() => held.length === 1);
    await clock.advance(100);
    await until(() => held.length === 2);
    held.forEach(respond);
    await calls;
    await turns();
    for (let i = 0; i < 7; i++) await clock.advance(10_000);
    await until(() => peer.connections.every(({ socket }) => socket.destroyed));
  });

  it("are opened with a DNS lookup of their own, and spread over the addresses of a name", async (t) => {
    const one = await Peer.start({ onRequest: respond });
    const two = await Peer.start({ onRequest: respond, host: "127.0.0.2", port: one.port }).catch(
      () => undefined,
    );
    if (two === undefined) return t.skip("this system has no 127.0.0.2");
    let lookups = 0;
    const lookup = ((_name: string, _options: object, callback: (error: null, all: object[]) => void) => {
      lookups += 1;
      callback(null, [
        { address: "127.0.0.1", family: 4 },
        { address: "127.0.0.2", family: 4 },
      ]);
    }) as unknown as typeof dns.lookup;
    t.mock.method(dns, "lookup", lookup);
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    for (let i = 0; i < 40; i++) {
      using connection = connectTo(`http://zitadel.internal:${one.port}`);
      await users(connection).deleteUser({});
    }
    assert.equal(lookups, 40);
    assert.ok(one.requests > 5 && two.requests > 5, `${one.requests} and ${two.requests}`);
    await one[Symbol.asyncDispose]();
    await two[Symbol.asyncDispose]();
  });
});

describe("the age of a connection", () => {
  assertNoCrashes();

  it("ends it once its successor is ready, without a failed call", async () => {
    const clock = new TestClock();
    clock.chance = 0;
    const held: PeerRequest[] = [];
    await using peer = await Peer.start({ onRequest: (request) => held.push(request) });
    const events: TransportEvent[] = [];
    using connection = connectTo(peer.origin, {
      clock,
      timeoutMs: 0,
      maxConnectionAgeMs: 60_000,
      onEvent: (event) => events.push(event),
    });
    const running = users(connection).deleteUser({ userId: "1" });
    await until(() => held.length === 1);
    for (let i = 0; i < 6; i++) {
      await clock.advance(10_000);
      await turns();
    }
    await until(() => peer.connections.length === 2, "the successor");
    await until(() => events.some(({ type }) => type === "session-draining"));
    const next = users(connection).deleteUser({ userId: "2" });
    await until(() => held.length === 2);
    assert.equal(held[1]?.connection, peer.connections[1]);
    held.forEach(respond);
    await Promise.all([running, next]);
    await until(() => peer.connections[0]?.socket.destroyed === true);
    assert.deepEqual(
      events.flatMap((event) => (event.type === "session-draining" ? [[event.reason, event.calls]] : [])),
      [["age", 1]],
    );
  });

  it("is spread, so that connections that began together do not end together", async () => {
    const clock = new TestClock();
    clock.chance = 1;
    await using peer = await Peer.start({ onRequest: respond });
    using connection = connectTo(peer.origin, { clock, maxConnectionAgeMs: 60_000 });
    await users(connection).deleteUser({});
    await turns();
    await clock.advance(47_000);
    assert.equal(peer.last.socket.destroyed, false);
    await clock.advance(2000);
    await until(() => peer.last.socket.destroyed);
  });

  it("is ignored while the connection cannot be replaced", async () => {
    const clock = new TestClock();
    clock.chance = 0;
    const held: PeerRequest[] = [];
    const options = {
      holdSettings: false,
      onRequest: (request: PeerRequest) => held.push(request),
      onConnection: (connected: PeerConnection) => {
        if (options.holdSettings) connected.destroy();
      },
    };
    await using peer = await Peer.start(options);
    using connection = connectTo(peer.origin, { clock, timeoutMs: 0, maxConnectionAgeMs: 60_000 });
    const running = users(connection).deleteUser({});
    await until(() => held.length === 1);
    options.holdSettings = true;
    for (let i = 0; i < 65; i++) {
      await clock.advance(1000);
      await turns();
    }
    const another = users(connection).deleteUser({});
    await until(() => held.length === 2);
    assert.equal(held[1]?.connection, peer.connections[0]);
    held.forEach(respond);
    await Promise.all([running, another]);
    assert.ok(peer.connections.length <= 3, `${peer.connections.length} connections`);
  });
});

describe("the first streams", () => {
  assertNoCrashes();

  it("do not wait for the server's SETTINGS on TLS, up to a fixed number of them", async () => {
    const held: PeerRequest[] = [];
    await using peer = await Peer.start({
      certificate,
      holdSettings: true,
      onRequest: (request) => held.push(request),
    });
    using connection = connectTo(peer.origin, { tls, maxConnections: 1 });
    const calls = Array.from({ length: 150 }, () => users(connection).deleteUser({}));
    await until(() => held.length === 100);
    await turns(30);
    assert.equal(held.length, 100);
    peer.last.settings(200);
    await until(() => held.length === 150);
    held.forEach(respond);
    await Promise.all(calls);
  });

  it("are retried when a server that allows fewer streams refuses them", async () => {
    const held: PeerRequest[] = [];
    let known = false;
    await using peer = await Peer.start({
      certificate,
      holdSettings: true,
      onRequest: (request) => (known ? respond(request) : held.push(request)),
    });
    using connection = connectTo(peer.origin, { tls, maxConnections: 1 });
    const calls = Array.from({ length: 150 }, () => users(connection).deleteUser({}));
    await until(() => held.length === 100);
    known = true;
    peer.last.settings(10);
    for (const [i, request] of held.entries()) {
      if (i < 10) respond(request);
      else peer.last.rst(request.streamId, ERROR.refusedStream);
    }
    await Promise.all(calls);
    assert.equal(peer.requests, 240);
  });

  it("wait for SETTINGS without TLS, where an open connection proves nothing", async () => {
    await using peer = await Peer.start({ holdSettings: true, onRequest: respond });
    using connection = connectTo(peer.origin);
    const call = users(connection).deleteUser({});
    await until(() => peer.connections.length === 1);
    await turns(30);
    assert.equal(peer.requests, 0);
    peer.last.settings();
    await call;
  });

  it("do not loop when the server closes the connection without responding", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start({
      certificate,
      onRequest: ({ connection }) => connection.goaway(0),
    });
    using connection = connectTo(peer.origin, { tls, clock });
    const call = failing(users(connection).deleteUser({}, { timeoutMs: 3000 }));
    for (let i = 0; i < 31; i++) {
      await turns(30);
      await clock.advance(100);
    }
    assert.equal((await call).failure.unprocessed, true);
    assert.ok(peer.connections.length < 25, `${peer.connections.length} connections`);
  });
});

describe("connecting", () => {
  assertNoCrashes();

  it("starts a second attempt beside one that hangs, so that reads survive a server that was stuck", async () => {
    const clock = new TestClock();
    const port = await freePort();
    let stuck = true;
    const server = net.createServer();
    const sockets: net.Socket[] = [];
    await using healthy = await Peer.start({ onRequest: respond });
    server.on("connection", (socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      if (stuck) return;
      const through = net.connect(healthy.port, "127.0.0.1").on("error", () => {});
      socket.pipe(through).pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    using connection = connectTo(`http://127.0.0.1:${port}`, { clock });
    const calls = Promise.all(Array.from({ length: 8 }, () => users(connection).getUserByID({})));
    for (let i = 0; i < 70; i++) {
      await turns();
      await clock.advance(100);
    }
    stuck = false;
    for (let i = 0; i < 25; i++) {
      await turns();
      await clock.advance(100);
    }
    await calls;
    assert.ok(sockets.length <= 6, `${sockets.length} attempts`);
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it("fails with its reason when the call's deadline comes before connectTimeoutMs", async () => {
    for (const httpVersion of ["auto", "1.1"] as const) {
      using connection = connectTo(`http://127.0.0.1:${await freePort()}`, { httpVersion });
      // Loads the modules first, so that the time is spent on connecting.
      await failing(users(connection).deleteUser({}, { timeoutMs: 1000 }));
      const { error, failure } = await failing(users(connection).deleteUser({}, { timeoutMs: 200 }));
      assert.equal(error.code, Code.DeadlineExceeded);
      assert.match(error.rawMessage, /longer than 200 ms: no connection to http:\S+: connect ECONNREFUSED/);
      assert.equal(httpVersion === "1.1" || failure.unprocessed, true);
    }
  });

  it("uses the address of an option, while requests and TLS use the name in the url", async () => {
    await using peer = await Peer.start({ certificate, onRequest: respond });
    using connection = connectTo("https://localhost", { tls, address: `127.0.0.1:${peer.port}` });
    await users(connection).deleteUser({});
    const headers = peer.last.frames.find(({ type }) => type === FRAME.headers)?.payload ?? Buffer.alloc(0);
    assert.equal(peer.requests, 1);
    assert.ok(headers.length > 0);
    assert.throws(
      () => connectTo("https://localhost", { address: "10.0.0.1" }),
      /address is .*; expected a host and a port/,
    );
    assert.throws(
      () => connectTo("https://localhost", { address: "http://a:1" }),
      /address is .*; expected a host and a port/,
    );
  });

  it("reports how large the headers are if they are too large, and does not retry", async () => {
    await using peer = await Peer.start({ onRequest: respond });
    using connection = connectTo(peer.origin, { timeoutMs: 2000 });
    const headers = { "x-large": "a".repeat(70_000) };
    const { error, failure } = await failing(users(connection).deleteUser({}, { headers }));
    assert.deepEqual([failure.fault, failure.attempts], ["headers-too-large", 1]);
    assert.match(error.rawMessage, /the request headers take up 71 kB/);
  });

  it("fails no call when a proxy ends connections after a few requests", async () => {
    for (const limit of [1, 20]) {
      await using peer = await Peer.start({
        onRequest: (request) => {
          const { connection, streamId } = request;
          const served = (streamId + 1) / 2;
          if (served === limit) connection.goaway(streamId);
          if (served <= limit) respond(request);
        },
      });
      using connection = connectTo(peer.origin);
      await Promise.all(Array.from({ length: 100 }, () => users(connection).deleteUser({})));
      assert.ok(peer.connections.length >= 100 / limit);
    }
  });
});

describe("HTTP requests", () => {
  assertNoCrashes();

  it("are streams of the sessions that calls use", async () => {
    await using peer = await Peer.start({ certificate, onRequest: respond });
    using connection = connectTo(peer.origin, { tls });
    await connection.http(post(peer.origin));
    await users(connection).deleteUser({});
    await connection.http(post(peer.origin));
    assert.deepEqual([peer.connections.length, peer.requests], [1, 3]);
  });

  it("use HTTP/1.1 only where calls do", async () => {
    await using server = await startConnectServer({ routes: () => {}, certificate, http: "http/1.1" });
    using connection = connectTo(server.origin, { tls });
    const { status, text } = await connection.http(post(server.origin));
    assert.deepEqual([status, text], [200, "a token"]);
    using told = connectTo(server.origin, { tls, httpVersion: "2" });
    await assert.rejects(told.http(post(server.origin)), { name: "HttpError", retryable: false });
  });

  it("are retried on the next connection if the first is lost", async () => {
    await using peer = await Peer.start({
      onRequest: (request) => (request.number === 1 ? request.connection.destroy() : respond(request)),
    });
    using connection = connectTo(peer.origin);
    const { status } = await connection.http(post(peer.origin));
    assert.deepEqual([status, peer.requests], [200, 2]);
  });

  it("report whether a retry may help, and why there is no connection", async () => {
    await using server = await startConnectServer({ routes: () => {}, certificate });
    using untrusting = connectTo(server.origin);
    await assert.rejects(untrusting.http(post(server.origin)), (error) => {
      assert.ok(error instanceof HttpError);
      assert.match(error.message, /Cannot connect to https:\S+ TLS: self-signed certificate/);
      return !error.retryable;
    });
    const origin = `http://127.0.0.1:${await freePort()}`;
    using refused = connectTo(origin);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    await assert.rejects(refused.http(post(origin, controller.signal)), (error) => {
      assert.ok(error instanceof HttpError);
      assert.match(error.message, /no connection to http:\S+: connect ECONNREFUSED/);
      return error.retryable;
    });
  });

  it("end when the client is closed, and so do the calls that wait for them", async () => {
    await using peer = await Peer.start();
    const connection = connectTo(peer.origin, {
      // The response with the token never comes.
      aroundAttempts: () => () => new Promise(() => {}),
    });
    const waiting = failing(users(connection).getUserByID({}));
    const request = assert.rejects(connection.http(post(peer.origin)), {
      name: "HttpError",
      retryable: false,
    });
    await until(() => peer.requests === 1);
    connection.close();
    const { error, failure } = await waiting;
    assert.deepEqual([error.code, failure.fault], [Code.Canceled, "closed"]);
    await request;
    await assert.rejects(connection.http(post(peer.origin)), {
      retryable: false,
      message: "The client is closed",
    });
    await turns(30);
    assert.deepEqual([peer.connections.length, peer.requests], [1, 1]);
  });
});
