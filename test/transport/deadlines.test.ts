import assert from "node:assert/strict";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { OnTransportEvent } from "../../src/transport/events.ts";
import { connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { Peer, respond } from "./support/peer.ts";
import { TestClock, turns, until } from "./support/test-clock.ts";
import { users } from "./support/users.ts";

/** A server that responds to every request with HTTP 503 and keeps its headers. */
async function refusing(headers: http2.IncomingHttpHeaders[]) {
  const server = http2.createServer((request, response) => {
    headers.push(request.headers);
    response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => server.close() };
}

describe("deadlines", () => {
  assertNoCrashes();

  it("apply to every call by default", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start();
    using connection = connectTo(peer.origin, { clock, pingIntervalMs: 0 });
    const call = failing(users(connection).getUserByID({}));
    await until(() => peer.requests === 1);
    await clock.advance(29_999);
    await clock.advance(1);
    const { error, failure } = await call;
    assert.deepEqual([error.code, failure.elapsedMs, failure.attempts], [Code.DeadlineExceeded, 30_000, 1]);
    assert.match(error.message, /longer than 30000 ms/);
  });

  it("can be set for a connection and for a single call, and 0 disables them", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start();
    using connection = connectTo(peer.origin, { clock, pingIntervalMs: 0, timeoutMs: 1000 });
    const settled: string[] = [];
    const call = (name: string, options: { timeoutMs?: number } = {}) =>
      void failing(users(connection).getUserByID({}, options)).then(
        () => settled.push(name),
        () => {},
      );
    call("default");
    call("own", { timeoutMs: 300 });
    call("none", { timeoutMs: 0 });
    await until(() => peer.requests === 3);
    await clock.advance(300);
    assert.deepEqual(settled, ["own"]);
    await clock.advance(700);
    assert.deepEqual(settled, ["own", "default"]);
    await clock.advance(1e9);
    assert.deepEqual(settled, ["own", "default"]);
  });

  it("give each attempt the time that is left, and the server a second more", async () => {
    for (const [protocol, header] of [
      ["connect", "connect-timeout-ms"],
      ["grpc", "grpc-timeout"],
    ] as const) {
      const clock = new TestClock();
      const headers: http2.IncomingHttpHeaders[] = [];
      using server = await refusing(headers);
      let retries = 0;
      const onEvent: OnTransportEvent = ({ type }) => {
        if (type === "retrying") retries += 1;
      };
      using connection = connectTo(server.origin, { clock, protocol, timeoutMs: 10_010, onEvent });
      const call = failing(users(connection).getUserByID({}));
      for (const count of [1, 2]) {
        await until(() => headers.length === count && retries === count, "the sleep");
        await clock.advance(50 * count);
      }
      assert.equal((await call).failure.attempts, 3);
      const unit = protocol === "grpc" ? "m" : "";
      assert.deepEqual(
        headers.map((one) => one[header]),
        [`11100${unit}`, `11000${unit}`, `10900${unit}`],
      );
    }
  });

  it("turn what the server reports at the deadline into deadline_exceeded", async () => {
    const clock = new TestClock();
    const says = [
      [500, { code: "internal", message: "unable to set instance using origin http://localhost" }],
      [403, { code: "permission_denied", message: "Organisation doesn't exist (AUTH-Bs7Ds)" }],
      [500, { code: "unknown", message: "context deadline exceeded ()" }],
    ] as const;
    await using peer = await Peer.start({
      onRequest: ({ connection, streamId, number }) => {
        clock.time += 1000;
        const [status, body] = says[number - 1] ?? says[0];
        connection.refuse(streamId, status, body);
      },
    });
    using connection = connectTo(peer.origin, { clock, pingIntervalMs: 0, timeoutMs: 1000 });
    for (const [, { code }] of says) {
      const { error } = await failing(users(connection).deleteUser({}));
      assert.equal(error.code, Code.DeadlineExceeded);
      assert.match(String(error.cause), new RegExp(code));
    }
  });

  it("apply even if an interceptor never returns", async () => {
    const clock = new TestClock();
    using connection = connectTo("http://127.0.0.1:1", {
      clock,
      timeoutMs: 500,
      aroundAttempts: () => () => new Promise(() => {}),
    });
    const call = failing(users(connection).getUserByID({}));
    await clock.advance(500);
    const { error, failure } = await call;
    assert.deepEqual([error.code, failure.unprocessed], [Code.DeadlineExceeded, true]);
  });

  it("apply even if an interceptor replaces the signal of a request", async () => {
    await using peer = await Peer.start();
    const controller = new AbortController();
    using connection = connectTo(peer.origin, {
      interceptors: [(next) => (request) => next({ ...request, signal: controller.signal })],
    });
    const call = failing(users(connection).getUserByID({}));
    await until(() => peer.requests === 1);
    controller.abort();
    assert.equal((await call).error.code, Code.Canceled);
  });

  it("cancel a request that an interceptor no longer waits for", async () => {
    await using peer = await Peer.start({ maxConcurrentStreams: 1 });
    const doesNotWait: Interceptor = (next) => async (request) => {
      const response = next(request);
      await until(() => peer.requests === 1);
      await Promise.race([response, Promise.reject(new ConnectError("mine", Code.Aborted))]);
      return await response;
    };
    using connection = connectTo(peer.origin, { interceptors: [doesNotWait], timeoutMs: 0 });
    assert.equal((await failing(users(connection).deleteUser({}))).error.rawMessage, "mine");
    await until(() => peer.last.open.size === 0, "the end of the stream");
  });

  it("reject invalid times", async () => {
    using connection = connectTo("http://127.0.0.1:1");
    await assert.rejects(users(connection).getUserByID({}, { timeoutMs: Number.NaN }), {
      code: Code.InvalidArgument,
      rawMessage: "timeoutMs: expected milliseconds, or 0 for no limit, got NaN",
    });
  });

  it("are sent with no more digits than the protocol allows", async () => {
    const headers: http2.IncomingHttpHeaders[] = [];
    using server = await refusing(headers);
    for (const protocol of ["connect", "grpc"] as const) {
      using connection = connectTo(server.origin, { protocol });
      await failing(users(connection).deleteUser({}, { timeoutMs: 2 ** 53 }));
    }
    assert.deepEqual(
      headers.map((all) => all["connect-timeout-ms"] ?? all["grpc-timeout"]),
      ["9999999999", "99999999m"],
    );
  });

  it("send nothing after the caller aborted, even if an interceptor replaces the signal", async () => {
    await using peer = await Peer.start({ onRequest: respond });
    let goOn = (): void => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const interceptor: Interceptor = (next) => async (request) => {
      await gate;
      return await next({ ...request, signal: new AbortController().signal });
    };
    using connection = connectTo(peer.origin, { interceptors: [interceptor] });
    const controller = new AbortController();
    const call = failing(users(connection).deleteUser({}, { signal: controller.signal }));
    controller.abort();
    assert.equal((await call).error.code, Code.Canceled);
    goOn();
    await turns(30);
    assert.equal(peer.requests, 0);
  });

  it("abort the signal that interceptors see", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start();
    let seen: AbortSignal | undefined;
    using connection = connectTo(peer.origin, {
      clock,
      timeoutMs: 100,
      interceptors: [
        (next) => (request) => {
          seen = request.signal;
          return next(request);
        },
      ],
    });
    const call = failing(users(connection).getUserByID({}));
    await until(() => peer.requests === 1);
    await clock.advance(100);
    await call;
    assert.equal(seen?.aborted, true);
  });

  it("set no timer for a call on an open connection", async () => {
    const clock = new TestClock();
    await using peer = await Peer.start({ onRequest: respond });
    using connection = connectTo(peer.origin, {
      clock,
      aroundAttempts: (next) => (call) => next({ ...call, authorization: "Bearer x" }),
    });
    await users(connection).getUserByID({});
    const before = clock.timersSet;
    const { setTimeout } = globalThis;
    let timers = 0;
    globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
      timers += 1;
      return setTimeout(...args);
    }) as typeof setTimeout;
    try {
      for (let i = 0; i < 50; i++) await users(connection).getUserByID({});
    } finally {
      globalThis.setTimeout = setTimeout;
    }
    assert.deepEqual([clock.timersSet - before, timers], [0, 0]);
  });
});
