import assert from "node:assert/strict";
import { once } from "node:events";
import type { ClientHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import * as tls from "node:tls";
import { NOT_LISTED } from "../../src/transport/context/indexed-list.ts";
import { DialError } from "../../src/transport/dial/dial-error.ts";
import type { OnTransportEvent } from "../../src/transport/events.ts";
import { type OpenedSession, openSession } from "../../src/transport/http2/open-session.ts";
import type { ConnectFailure } from "../../src/transport/http2/outage.ts";
import type { Session, SessionRequest } from "../../src/transport/http2/session.ts";
import {
  type PendingRequest,
  SessionPool,
  type SessionPoolOptions,
} from "../../src/transport/http2/session-pool.ts";
import { selfSigned } from "./support/certificate.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { Peer } from "./support/peer.ts";
import { TestClock, turns, until } from "./support/test-clock.ts";

interface PoolOptions extends Partial<Omit<SessionPoolOptions, "keepalive" | "open">> {
  readonly keepalive?: Partial<SessionPoolOptions["keepalive"]>;
  /** What happens when the pool opens a session; `connect` does that. Default: only that. */
  readonly onOpen?: (connect: () => Promise<OpenedSession>, signal: AbortSignal) => Promise<OpenedSession>;
}

function createPool({ origin }: { readonly origin: string }, options: PoolOptions = {}) {
  const { onOpen = (connect) => connect(), keepalive, ...rest } = options;
  const clock = new TestClock();
  clock.chance = 0;
  const dial = { origin, tls: {}, proxy: "none" } as const;
  const pool = new SessionPool({
    origin,
    open: (signal) => onOpen(() => openSession({ dial, acceptHttp1: false }, signal), signal),
    connectTimeoutMs: 1000,
    refusedTimeoutMs: 1000,
    maxConnections: 2,
    keepalive: { pingIntervalMs: 0, pingTimeoutMs: 1000, idleTimeoutMs: 0, maxAgeMs: 0, ...keepalive },
    clock,
    onEvent: undefined,
    ...rest,
  });
  return { clock, pool, [Symbol.dispose]: () => pool.close() };
}

/** Opens a stream as soon as it gets a session. */
class Request implements PendingRequest, SessionRequest {
  index = NOT_LISTED;
  readonly repeatable = false;
  stream: ClientHttp2Stream | undefined;
  failure: ConnectFailure | undefined;

  onSession(session: Session): void {
    this.stream = session.open(this, { ":method": "POST", ":path": "/" });
    this.stream.resume().end();
  }

  onNoSession(failure: ConnectFailure): void {
    this.failure = failure;
  }

  onSuspect(): void {}
}

function send(pool: SessionPool): Request {
  const request = new Request();
  pool.acquire(request);
  return request;
}

/** Sends a request, and waits until the peer has it. */
async function sent(pool: SessionPool, peer: Peer): Promise<Request> {
  const { requests } = peer;
  const request = send(pool);
  await until(() => peer.requests === requests + 1);
  return request;
}

/**
 * A pool of two sessions that live for a minute. Each has a request, and a third one waits, so that neither is spare. Their
 * successor opens when the test lets it.
 */
async function createAgingPool(peer: Peer, onEvent?: OnTransportEvent) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let opened = 0;
  const connected = createPool(peer, {
    keepalive: { maxAgeMs: 60_000 },
    onEvent,
    onOpen: async (connect) => {
      if (opened++ === 2) await promise;
      return await connect();
    },
  });
  const { clock, pool } = connected;
  await sent(pool, peer);
  send(pool);
  await clock.advance(100);
  await until(() => peer.requests === 2);
  send(pool);
  return { ...connected, opens: () => opened, openThird: resolve };
}

const countStreams = (peer: Peer) => peer.connections.map(({ open }) => open.size);

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

describe("SessionPool", () => {
  assertNoCrashes();

  it("says by its state whether it is connected", async () => {
    await using peer = await Peer.start();
    const { pool } = createPool(peer);
    assert.equal(pool.state, "idle");
    pool.warmUp();
    assert.equal(pool.state, "connecting");
    await until(() => pool.state === "connected");
    peer.last.destroy();
    await until(() => pool.state === "idle");
    pool.close();
    assert.equal(pool.state, "closed");
  });

  it("gives an attempt to connect half of connectTimeoutMs, so that a request gets another", async () => {
    let attempts = 0;
    const onOpen = (_: unknown, signal: AbortSignal) => {
      attempts += 1;
      return hang(signal);
    };
    using connected = createPool({ origin: "http://127.0.0.1:1" }, { onOpen });
    send(connected.pool);
    await connected.clock.advance(499);
    assert.deepEqual([attempts, connected.pool.whyWaiting()], [1, undefined]);
    await connected.clock.advance(1);
    const { connected: isConnected, message } = connected.pool.whyWaiting() ?? {};
    assert.deepEqual([attempts, isConnected], [2, false]);
    assert.equal(message, "no connection to http://127.0.0.1:1: No connection within 500 ms");
  });

  it("opens no second session while the first has no SETTINGS yet", async () => {
    await using peer = await Peer.start();
    using connected = createPool(peer, {
      onOpen: async (connect) => ({ ...(await connect()), hasSettings: false }),
    });
    for (let requests = 0; requests < 130; requests++) send(connected.pool);
    await until(() => peer.requests === 100);
    assert.equal(connected.pool.state, "connected");
    // Fast enough that streams would be the bottleneck.
    for (let stream = 0; stream < 20; stream++) peer.last.respond(2 * stream + 1);
    await until(() => peer.requests === 120);
    await connected.clock.advance(100);
    assert.deepEqual(countStreams(peer), [100]);
    peer.last.settings();
    await until(() => peer.requests === 130);
  });

  it("ends every connection when it is closed, and takes no more requests", async () => {
    await using peer = await Peer.start();
    const { pool } = createPool(peer);
    await sent(pool, peer);
    peer.last.goaway(2 ** 31 - 1);
    await until(() => pool.state === "idle");
    await sent(pool, peer);
    assert.deepEqual(countStreams(peer), [1, 1]);
    pool.close();
    assert.equal(send(pool).failure?.reason, "closed");
    await until(() => peer.connections.every(({ socket }) => socket.destroyed));
  });

  it("ends a connection that is ready only after it was closed", async () => {
    await using peer = await Peer.start();
    const { promise, resolve } = Promise.withResolvers<void>();
    const { pool } = createPool(peer, {
      onOpen: async () => {
        const { origin } = peer;
        const dial = { origin, tls: {}, proxy: "none" } as const;
        const opened = await openSession({ dial, acceptHttp1: false }, new AbortController().signal);
        await promise;
        return opened;
      },
    });
    pool.warmUp();
    await until(() => peer.connections.length === 1);
    pool.close();
    resolve();
    await until(() => peer.last.socket.destroyed);
  });

  it("gives up on a port that refuses by the time that the first request has waited", async () => {
    const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED", address: "127.0.0.1" });
    using connected = createPool(
      { origin: "http://127.0.0.1:1" },
      { connectTimeoutMs: 10_000, onOpen: () => Promise.reject(refused) },
    );
    const { clock, pool } = connected;
    clock.chance = 1;
    const first = send(pool);
    await turns();
    await clock.advance(900);
    const second = send(pool);
    // Attempts at 0, 50, 150, 350, 750 and 1550 ms.
    await clock.advance(649);
    assert.equal(first.failure, undefined);
    await clock.advance(1);
    for (const { failure } of [first, second]) assert.match(failure?.message ?? "", /^Nothing listens at/);
  });

  it("says what requests wait for", async () => {
    await using peer = await Peer.start({ maxConcurrentStreams: 1 });
    using connected = createPool(peer);
    const { pool } = connected;
    await sent(pool, peer);
    assert.equal(pool.whyWaiting(), undefined);
    send(pool);
    assert.deepEqual(pool.whyWaiting(), {
      connected: true,
      message: `1 calls were waiting while 1 were running, as many as ${peer.origin} handles at once`,
    });
  });

  it("gives a request the session with the fewest streams", async () => {
    await using peer = await Peer.start({ maxConcurrentStreams: 2 });
    using connected = createPool(peer);
    const { clock, pool } = connected;
    await sent(pool, peer);
    await sent(pool, peer);
    send(pool);
    await clock.advance(100);
    await until(() => peer.requests === 3);
    const [first, second] = peer.connections;
    first?.respond(1);
    first?.respond(3);
    await turns();
    await sent(pool, peer);
    assert.deepEqual(countStreams(peer), [1, 1]);
    second?.respond(1);
    await turns();
    await sent(pool, peer);
    assert.deepEqual(countStreams(peer), [1, 1]);
  });

  it("takes half the time to connect for a round trip, which bounds how soon it pings", async () => {
    await using peer = await Peer.start();
    using connected = createPool(peer, {
      keepalive: { pingIntervalMs: 60_000, pingTimeoutMs: 60_000 },
      onOpen: (connect) => {
        connected.clock.time += 4000;
        return connect();
      },
    });
    const { clock, pool } = connected;
    await sent(pool, peer);
    await clock.advance(7999);
    assert.equal(peer.last.pings, 0);
    await clock.advance(1);
    await until(() => peer.last.pings === 1);
  });

  it("replaces no session that has reached its maximum age while another can take its requests", async () => {
    await using peer = await Peer.start({ maxConcurrentStreams: 1 });
    const drained: string[] = [];
    using connected = createPool(peer, {
      keepalive: { maxAgeMs: 60_000 },
      onEvent: (event) => event.type === "session-draining" && drained.push(event.reason),
      onOpen: async (connect) => {
        const opened = await connect();
        connected.clock.time += 1;
        return opened;
      },
    });
    const { clock, pool } = connected;
    await sent(pool, peer);
    send(pool);
    await clock.advance(100);
    await until(() => peer.requests === 2);
    await clock.advance(59_950);
    assert.deepEqual([drained, peer.connections.length], [["age"], 2]);
  });

  it("replaces a session that is suspect at once, for requests that wait for its streams", async () => {
    await using peer = await Peer.start({ maxConcurrentStreams: 1 });
    using connected = createPool(peer, {
      maxConnections: 1,
      keepalive: { pingIntervalMs: 20_000, pingTimeoutMs: 10_000 },
    });
    const { clock, pool } = connected;
    await sent(pool, peer);
    send(pool);
    peer.last.silence();
    await clock.advance(2999);
    assert.equal(pool.state, "connected");
    await clock.advance(1);
    await until(() => peer.requests === 2);
    assert.deepEqual(countStreams(peer), [1, 1]);
  });

  it("fails no request for a session that cannot be opened beside one that works", async () => {
    let opened = 0;
    await using peer = await Peer.start({ maxConcurrentStreams: 1 });
    using connected = createPool(peer, {
      onOpen: (connect) => (opened++ === 0 ? connect() : Promise.reject(new DialError("not here"))),
    });
    const { clock, pool } = connected;
    clock.chance = 1;
    await sent(pool, peer);
    const waiting = send(pool);
    await clock.advance(100);
    assert.deepEqual([opened > 1, waiting.failure], [true, undefined]);
    peer.last.respond(1);
    await until(() => peer.requests === 2);
  });

  it("does not count a session that only finishes its requests against maxConnections", async () => {
    await using peer = await Peer.start({ maxConcurrentStreams: 1 });
    using connected = createPool(peer);
    const { clock, pool } = connected;
    await sent(pool, peer);
    peer.last.goaway(2 ** 31 - 1);
    await until(() => pool.state === "idle");
    await sent(pool, peer);
    send(pool);
    await clock.advance(100);
    await until(() => peer.requests === 3);
    assert.deepEqual(countStreams(peer), [1, 1, 1]);
  });

  it("opens nothing when a session that only finishes its requests reaches its maximum age", async () => {
    await using peer = await Peer.start();
    using connected = createPool(peer, { keepalive: { maxAgeMs: 60_000 } });
    const { clock, pool } = connected;
    await sent(pool, peer);
    peer.last.goaway(2 ** 31 - 1);
    await until(() => pool.state === "idle");
    await clock.advance(60_000);
    assert.deepEqual([pool.state, peer.connections.length], ["idle", 1]);
  });

  it("has no time limit for a connection while one of several sessions works", async () => {
    let opened = 0;
    await using peer = await Peer.start({ maxConcurrentStreams: 1 });
    using connected = createPool(peer, {
      onOpen: (connect, signal) => (opened++ < 2 ? connect() : hang(signal)),
    });
    const { clock, pool } = connected;
    await sent(pool, peer);
    send(pool);
    await clock.advance(100);
    await until(() => peer.requests === 2);
    const waiting = send(pool);
    peer.connections[0]?.destroy();
    await turns(30);
    await clock.advance(5000);
    assert.equal(waiting.failure, undefined);
    peer.last.respond(1);
    await until(() => peer.requests === 3);
  });

  it("fails the requests in the queue when the server rejects the client's certificate after the handshake", async () => {
    const certificate = selfSigned("localhost");
    const ca = certificate.cert;
    const demanding = { ca, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ["h2"] };
    // With TLS 1.3, the client is done before the server has seen that there is no certificate.
    const server = tls.createServer({ ...certificate, ...demanding, minVersion: "TLSv1.3" });
    let connections = 0;
    server.on("connection", () => connections++).listen(0, "127.0.0.1");
    await once(server, "listening");
    const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
    const dial = { origin, tls: { ca }, proxy: "none" } as const;
    using connected = createPool(
      { origin },
      { onOpen: (_, signal) => openSession({ dial, acceptHttp1: false, early: true }, signal) },
    );
    const requests = Array.from({ length: 101 }, () => send(connected.pool));
    const queued = requests[100];
    await until(() => queued?.failure !== undefined, "the failure of the request in the queue");
    server.close();
    assert.equal(queued?.failure?.reason, "final");
    assert.match(queued.failure.message, /^Cannot connect to https:\S+: TLS: .*(alert|certificate)/i);
    assert.equal(connections, 1);
  });

  it("replaces sessions that reach their maximum age together one after the other", async () => {
    await using peer = await Peer.start({ maxConcurrentStreams: 1 });
    using connected = await createAgingPool(peer);
    const { clock, pool, opens, openThird } = connected;
    await clock.advance(60_000);
    const [first, second] = peer.connections;
    assert.deepEqual([opens(), countStreams(peer)], [3, [1, 1]]);
    first?.respond(1);
    await until(() => peer.requests === 3);
    send(pool);
    openThird();
    // The successor takes the fourth request; the first session only finishes its own.
    await until(() => peer.requests === 4);
    first?.respond(3);
    await until(() => first?.socket.destroyed === true, "the end of the first session");
    assert.equal(second?.socket.destroyed, false);
    send(pool);
    await clock.advance(6000);
    await until(() => peer.requests === 5);
    second?.respond(1);
    await until(() => second?.socket.destroyed === true, "the end of the second session");
  });

  it("replaces a session that has reached its maximum age even if another ends meanwhile", async () => {
    await using peer = await Peer.start({ maxConcurrentStreams: 1 });
    const drained: string[] = [];
    using connected = await createAgingPool(peer, (event) => {
      if (event.type === "session-draining") drained.push(event.reason);
    });
    const { clock, opens, openThird } = connected;
    // The second is 100 ms younger.
    await clock.advance(59_900);
    assert.equal(opens(), 3);
    peer.last.goaway(2 ** 31 - 1);
    await until(() => drained.length === 1);
    openThird();
    await until(() => peer.requests === 3);
    assert.deepEqual(drained, ["goaway", "age"]);
  });

  it("connects no more once nobody waits for a connection", async () => {
    let attempts = 0;
    const onOpen = () => {
      attempts += 1;
      return Promise.reject(new Error("unreachable"));
    };
    using connected = createPool({ origin: "http://127.0.0.1:1" }, { onOpen });
    const { clock, pool } = connected;
    clock.chance = 0.5;
    const entry = pool.acquire(new Request()) ?? assert.fail();
    await clock.advance(200);
    const before = attempts;
    pool.release(entry);
    await clock.advance(60_000);
    assert.deepEqual([before > 0, attempts, pool.state], [true, before, "idle"]);
  });

  it("is connected once per session, whatever limits the server sends, also after GOAWAY", async () => {
    await using peer = await Peer.start({ maxConcurrentStreams: 5 });
    const events: string[] = [];
    using connected = createPool(peer, { onEvent: ({ type }) => events.push(type) });
    const { pool } = connected;
    await sent(pool, peer);
    peer.last.settings(10);
    peer.last.goaway(2 ** 31 - 1);
    peer.last.settings(20);
    await until(() => events.includes("goaway"));
    await turns();
    peer.last.respond(1);
    await until(() => events.includes("session-closed"), "the end of the session");
    assert.deepEqual(events, ["session-opened", "goaway", "session-draining", "session-closed"]);
  });
});
