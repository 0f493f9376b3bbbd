import assert from "node:assert/strict";
import type * as http from "node:http";
import * as net from "node:net";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { Code } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import type { ConnectionOptions } from "../../src/transport/connection.ts";
import type { TransportEvent } from "../../src/transport/events.ts";
import { type FaultName, faults } from "../../src/transport/faults.ts";
import { fetchTransport } from "../../src/transport/fetch/fetch-transport.ts";
import { selfSigned } from "./support/certificate.ts";
import { connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { closedOrigin, serve } from "./support/http1-server.ts";
import { TestClock, until } from "./support/test-clock.ts";
import { userResponse, users } from "./support/users.ts";

const OK = { "content-type": "application/proto" };
const WEB_OK = { "content-type": "application/grpc-web+proto" };

/** A frame of gRPC-web: a message, or with the flag 128 the trailers. */
function frame(payload: string | Uint8Array, flags = 0): Buffer {
  const bytes = Buffer.from(payload);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flags, 0);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

function connect(origin: string, options: Partial<ConnectionOptions> = {}) {
  const transport = fetchTransport();
  return connectTo(origin, { transport, protocol: "connect", readMaxBytes: 1000, ...options });
}

interface Case {
  readonly what: string;
  readonly fault: FaultName;
  readonly protocol?: "connect" | "grpc-web";
  readonly code?: Code;
  readonly does: http.RequestListener;
}

function status(status: number, text: string, headers: Record<string, string> = {}): http.RequestListener {
  return (_, response) =>
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers }).end(text);
}

function json(status: number, body: object): http.RequestListener {
  return (_, response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Sends the beginning of a response and then drops the connection. */
function cut(headers: Record<string, string>, begun: Uint8Array): http.RequestListener {
  return (_, response) => {
    response.writeHead(200, headers);
    response.write(begun);
    setImmediate(() => response.destroy());
  };
}

const cases: readonly Case[] = [
  {
    what: "a connection that drops before the response",
    fault: "connection-lost",
    does: (request) => request.socket.destroy(),
  },
  {
    what: "a connection that drops within the response",
    fault: "truncated-response",
    does: cut({ ...OK, "content-length": "10" }, userResponse("u")),
  },
  {
    what: "a connection that drops within the response, over gRPC-web",
    fault: "truncated-response",
    protocol: "grpc-web",
    does: cut(WEB_OK, frame(userResponse("u"))),
  },
  {
    what: "a response without its status, over gRPC-web",
    fault: "truncated-response",
    protocol: "grpc-web",
    does: (_, response) => response.writeHead(200, WEB_OK).end(frame(userResponse("u"))),
  },
  ...[502, 503, 504].flatMap((code) =>
    (["connect", "grpc-web"] as const).map((protocol) => ({
      what: `HTTP ${code}, over ${protocol}`,
      fault: "gateway-error" as const,
      protocol,
      does: status(code, "no upstream"),
    })),
  ),
  { what: "HTTP 429", fault: "rate-limited", does: status(429, "too many") },
  { what: "HTTP 431", fault: "headers-too-large", does: status(431, "too large") },
  {
    what: "HTTP 401 from a proxy",
    fault: "http-error",
    code: Code.Unauthenticated,
    does: status(401, "log in"),
  },
  {
    what: "HTTP 500 from a proxy, over gRPC-web",
    fault: "http-error",
    protocol: "grpc-web",
    does: status(500, "oops"),
  },
  { what: "HTTP 404 as text", fault: "not-routed", does: status(404, "404 page not found\n") },
  {
    what: "HTTP 404 of the REST gateway",
    fault: "not-served",
    does: json(404, { code: 5, message: "Not Found" }),
  },
  {
    what: "a redirect",
    fault: "http-error",
    does: status(307, "", { location: "/elsewhere" }),
  },
  {
    what: "a response of another content type",
    fault: "malformed-response",
    does: (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
  },
  {
    what: "a response that is not the expected message",
    fault: "malformed-response",
    does: (_, response) => response.writeHead(200, OK).end(Buffer.of(0xff, 0xff)),
  },
  {
    what: "a response without a whole message, over gRPC-web",
    fault: "malformed-response",
    protocol: "grpc-web",
    does: (_, response) => response.writeHead(200, WEB_OK).end(Buffer.of(0, 0, 0, 0, 9, 1)),
  },
  {
    what: "a response above the limit",
    fault: "response-too-large",
    does: (_, response) => response.writeHead(200, OK).end(Buffer.alloc(2000)),
  },
  {
    what: "a small response that decompresses to more than the limit",
    fault: "response-too-large",
    does: (_, response) =>
      response.writeHead(200, { ...OK, "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(100_000))),
  },
  {
    what: "a server that says canceled, over gRPC-web",
    fault: "server-cancelled",
    protocol: "grpc-web",
    does: (_, response) =>
      response
        .writeHead(200, WEB_OK)
        .end(frame("grpc-status: 1\r\ngrpc-message: context%20canceled\r\n", 128)),
  },
  {
    what: "a server that says deadline_exceeded",
    fault: "server-cancelled",
    does: json(504, { code: "deadline_exceeded" }),
  },
];

describe("the transport on fetch", () => {
  assertNoCrashes();

  for (const { what, fault, code, protocol = "connect", does } of cases) {
    it(`reports ${what} as ${fault}`, async () => {
      let requests = 0;
      using server = await serve((request, response) => {
        requests += 1;
        does(request, response);
      });
      using connection = connect(server.origin, { protocol });
      const { error, failure } = await failing(users(connection).deleteUser({ userId: "1" }));
      assert.equal(failure.fault, fault, error.message);
      assert.equal(error.code, code ?? faults[fault].code);
      assert.equal(failure.unprocessed, faults[fault].processed === "no");
      assert.equal(failure.origin, "transport");
      // A write that may have been processed is sent once; a redirect is not followed.
      assert.deepEqual([requests, failure.attempts], [1, 1]);
    });
  }

  it("reads a response that fetch has decompressed", async () => {
    using server = await serve((_, response) =>
      response.writeHead(200, { ...OK, "content-encoding": "gzip" }).end(gzipSync(userResponse("7"))),
    );
    using connection = connect(server.origin);
    assert.equal((await users(connection).getUserByID({ userId: "7" })).user?.userId, "7");
  });

  it("reports a certificate that is not trusted as connection-rejected, without retrying", async () => {
    using server = await serve(status(200, ""), selfSigned("localhost"));
    using connection = connect(server.origin);
    const { error, failure } = await failing(users(connection).getUserByID({}));
    assert.deepEqual(
      [failure.fault, failure.unprocessed, failure.attempts],
      ["connection-rejected", true, 1],
    );
    assert.match(error.message, /TLS: .*certificate/);
  });

  it("waits for a server that is not listening yet, for writes too, and emits events meanwhile", async () => {
    const origin = await closedOrigin();
    const events: TransportEvent[] = [];
    const server = net.createServer();
    const calls: string[] = [];
    using connection = connect(origin, {
      onEvent: (event) => {
        events.push(event);
        if (event.type !== "connect-failed" || server.listening) return;
        server.listen(Number(new URL(origin).port), "127.0.0.1");
      },
    });
    server.on("connection", (socket) => {
      socket.once("data", (bytes) => {
        calls.push(bytes.toString("latin1").split("\r\n")[0] ?? "");
        socket.end("HTTP/1.1 200 OK\r\ncontent-type: application/proto\r\ncontent-length: 0\r\n\r\n");
      });
    });
    try {
      await users(connection).deleteUser({ userId: "1" });
    } finally {
      server.close();
    }
    assert.deepEqual(calls, ["POST /zitadel.user.v2.UserService/DeleteUser HTTP/1.1"]);
    assert.deepEqual(new Set(events.map(({ type }) => type)), new Set(["attempt-started", "connect-failed"]));
  });

  it("reports a server that never listens as not-connected, in a single error", async () => {
    using connection = connect(await closedOrigin(), { connectTimeoutMs: 100 });
    const { error, failure } = await failing(users(connection).deleteUser({ userId: "1" }));
    assert.deepEqual([failure.fault, failure.attempts, failure.unprocessed], ["not-connected", 1, true]);
    assert.match(error.message, /No connection to http:\S+ within 100 ms: .*ECONNREFUSED/);
  });

  it("says at the deadline that there was no connection, so that nothing was processed", async () => {
    const clock = new TestClock();
    const failed = Promise.withResolvers<void>();
    using connection = connect(await closedOrigin(), {
      clock,
      timeoutMs: 1,
      onEvent: ({ type }) => type === "connect-failed" && failed.resolve(),
    });
    const call = failing(users(connection).deleteUser({ userId: "1" }));
    await failed.promise;
    // It passes before the next attempt, which might have sent something.
    await clock.advance(1);
    const { error, failure } = await call;
    assert.deepEqual([error.code, failure.unprocessed], [Code.DeadlineExceeded, true]);
    assert.match(error.message, /no connection to http:.*ECONNREFUSED/);
  });

  it("retries reads, and follows Retry-After by the server's clock", async () => {
    const delays: number[] = [];
    const clock = new TestClock();
    clock.chance = 0;
    const date = new Date(Date.UTC(2020, 0, 1)).toUTCString();
    const after = new Date(Date.UTC(2020, 0, 1, 0, 0, 7)).toUTCString();
    let requests = 0;
    using server = await serve((request, response) => {
      requests += 1;
      if (requests === 1) status(429, "later", { date, "retry-after": after })(request, response);
      else response.writeHead(200, OK).end();
    });
    using connection = connect(server.origin, {
      clock,
      onEvent: (event) => event.type === "retrying" && delays.push(event.delayMs),
    });
    const call = users(connection).getUserByID({});
    await until(() => delays.length === 1);
    await clock.advance(7000);
    await call;
    assert.deepEqual([delays, requests], [[7000], 2]);
  });

  it("sends the server the deadline, with a second of slack, and enforces it", async () => {
    const told: (string | string[] | undefined)[] = [];
    let closed = 0;
    using server = await serve((request) => {
      told.push(request.headers["connect-timeout-ms"] ?? request.headers["grpc-timeout"]);
      request.socket.on("close", () => {
        closed += 1;
      });
    });
    for (const protocol of ["connect", "grpc-web"] as const) {
      using connection = connect(server.origin, { timeoutMs: 300, protocol });
      const { error, failure } = await failing(users(connection).deleteUser({}));
      assert.deepEqual([error.code, failure.unprocessed], [Code.DeadlineExceeded, false]);
    }
    assert.deepEqual(told, ["1300", "1300m"]);
    await until(() => closed === 2, "the end of both requests");
  });

  it("cancels the request when the caller aborts, and all running requests when it is closed", async () => {
    let open = 0;
    using server = await serve((request) => {
      open += 1;
      request.socket.on("close", () => {
        open -= 1;
      });
    });
    using connection = connect(server.origin);
    const controller = new AbortController();
    const aborted = failing(users(connection).deleteUser({}, { signal: controller.signal }));
    const closed = failing(users(connection).deleteUser({}));
    await until(() => open === 2);
    controller.abort();
    assert.equal((await aborted).failure.fault, "aborted");
    await until(() => open === 1, "the end of the aborted request");
    connection.close();
    assert.equal((await closed).failure.fault, "closed");
    await until(() => open === 0, "the end of the other");
    assert.equal((await failing(users(connection).deleteUser({}))).failure.fault, "closed");
  });

  it("does not wait for the end of a body that never ends", async () => {
    using server = await serve((_, response) => response.writeHead(200, OK).flushHeaders());
    using connection = connect(server.origin, { timeoutMs: 80 });
    const { error } = await failing(users(connection).getUserByID({}));
    assert.equal(error.code, Code.DeadlineExceeded);
  });

  it("falls back to gRPC-web where the server has no Connect, and remembers it", async () => {
    const types: (string | undefined)[] = [];
    using server = await serve((request, response) => {
      types.push(request.headers["content-type"]);
      if (request.headers["content-type"] === "application/proto") {
        json(404, { code: 5, message: "Not Found" })(request, response);
      } else {
        response.writeHead(200, WEB_OK).end(Buffer.concat([frame(""), frame("grpc-status: 0\r\n", 128)]));
      }
    });
    const events: TransportEvent[] = [];
    using connection = connect(server.origin, { protocol: "auto", onEvent: (event) => events.push(event) });
    for (let i = 0; i < 2; i++) await users(connection).getUserByID({});
    assert.deepEqual(types, ["application/proto", WEB_OK["content-type"], WEB_OK["content-type"]]);
    assert.deepEqual(
      events.filter(({ type }) => type === "protocol-fallback"),
      [{ type: "protocol-fallback", service: UserService.typeName, from: "connect", to: "grpc-web" }],
    );
  });

  it("refuses gRPC and suggests gRPC-web", async () => {
    using connection = connect("http://127.0.0.1:1", { protocol: "grpc" });
    await assert.rejects(users(connection).getUserByID({}), /HTTP trailers.*gRPC-web/);
  });

  it("sends HTTP requests only to its own origin, limits what it reads, and follows no redirect", async () => {
    const paths: (string | undefined)[] = [];
    using server = await serve(({ url }, response) => {
      paths.push(url);
      if (url === "/large") response.end(Buffer.alloc(2 << 20));
      else response.writeHead(302, { location: "/elsewhere" }).end("moved");
    });
    using connection = connect(server.origin);
    const { signal } = new AbortController();
    const get = (path: string) => connection.http({ method: "GET", url: `${server.origin}${path}`, signal });
    const { status: found, text, headers } = await get("/moved");
    assert.deepEqual([found, text, headers.get("location")], [302, "moved", "/elsewhere"]);
    await assert.rejects(get("/large"), /larger than/);
    await assert.rejects(connection.http({ method: "GET", url: "http://127.0.0.1:1/", signal }), TypeError);
    assert.deepEqual(paths, ["/moved", "/large"]);
  });

  it("uses the given fetch, or else the global one at the time of the call", async () => {
    using server = await serve((_, response) => response.writeHead(200, OK).end());
    const sent: string[] = [];
    const transport = fetchTransport({
      fetch: async (url, init) => {
        sent.push(`${init.method} ${init.redirect} ${new URL(url).pathname}`);
        return await fetch(url, init);
      },
    });
    using connection = connect(server.origin, { transport });
    await users(connection).getUserByID({});
    assert.deepEqual(sent, ["POST manual /zitadel.user.v2.UserService/GetUserByID"]);

    using global = connect(server.origin);
    const original = globalThis.fetch;
    globalThis.fetch = async () => new Response(null, { headers: OK });
    try {
      await users(global).getUserByID({});
    } finally {
      globalThis.fetch = original;
    }
  });

  it("refuses invalid options", () => {
    assert.throws(() => fetchTransport({ fetch: "fetch" as never }), {
      name: "TypeError",
      message: /^fetchTransport\(\): fetch is a string; expected a function/,
    });
    assert.throws(() => fetchTransport({ agent: 1 } as never), /agent/);
  });
});
