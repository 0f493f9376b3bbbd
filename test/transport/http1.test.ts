import assert from "node:assert/strict";
import type * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as net from "node:net";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import type { ConnectionOptions } from "../../src/transport/connection.ts";
import { type FaultName, faults } from "../../src/transport/faults.ts";
import { connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { closedOrigin, serve } from "./support/http1-server.ts";
import { turns, until } from "./support/test-clock.ts";
import { users } from "./support/users.ts";

function connect(origin: string, options: Partial<ConnectionOptions> = {}) {
  return connectTo(origin, { httpVersion: "1.1", protocol: "connect", readMaxBytes: 1000, ...options });
}

const cases: readonly [what: string, fault: FaultName, does: http.RequestListener][] = [
  ["a connection that drops", "connection-lost", (request) => request.socket.destroy()],
  ["HTTP 503", "gateway-error", (_, response) => response.writeHead(503).end("no upstream")],
  ["HTTP 404", "not-routed", (_, response) => response.writeHead(404).end("404 page not found\n")],
  [
    "a response above the limit",
    "response-too-large",
    (_, response) => response.writeHead(200, { "content-type": "application/proto" }).end(Buffer.alloc(2000)),
  ],
  [
    "a response that is cut short",
    "connection-lost",
    (_, response) => {
      response.writeHead(200, { "content-type": "application/proto", "content-length": "10" });
      response.write("\n\x01");
      setImmediate(() => response.destroy());
    },
  ],
];

describe("HTTP/1.1", () => {
  assertNoCrashes();

  for (const [what, fault, does] of cases) {
    it(`reports ${what} as ${fault}`, async () => {
      using server = await serve(does);
      using connection = connect(server.origin);
      const { error, failure } = await failing(users(connection).deleteUser({ userId: "1" }));
      assert.equal(failure.fault, fault, error.message);
      assert.equal(error.code, faults[fault].code);
      assert.equal(failure.unprocessed, faults[fault].processed === "no");
    });
  }

  it("retries reads", async () => {
    let requests = 0;
    using server = await serve((request, response) => {
      requests += 1;
      if (requests === 1) request.socket.destroy();
      else response.writeHead(200, { "content-type": "application/proto" }).end();
    });
    using connection = connect(server.origin);
    await users(connection).getUserByID({});
    assert.equal(requests, 2);
  });

  it("sends the server the deadline, with a second of slack, and enforces it", async () => {
    const told: (string | string[] | undefined)[] = [];
    using server = await serve(({ headers }) => told.push(headers["connect-timeout-ms"]));
    using connection = connect(server.origin, { timeoutMs: 300 });
    const { error } = await failing(users(connection).deleteUser({}));
    assert.equal(error.code, Code.DeadlineExceeded);
    assert.deepEqual(told, ["1300"]);
  });

  it("opens no more connections than allowed, and queues the other calls in order", async () => {
    const open = new Set<object>();
    let most = 0;
    using server = await serve((request, response) => {
      open.add(request.socket);
      most = Math.max(most, open.size);
      setImmediate(() => response.writeHead(200, { "content-type": "application/proto" }).end());
    });
    using connection = connect(server.origin);
    await Promise.all(Array.from({ length: 300 }, () => users(connection).getUserByID({})));
    assert.ok(most <= 64, `${most} connections`);
  });

  it("lets a pending call abort, and goes on with the next", async () => {
    const held: http.ServerResponse[] = [];
    using server = await serve((_, response) => held.push(response));
    using connection = connect(server.origin);
    const first = Array.from({ length: 64 }, () => users(connection).getUserByID({}));
    const controller = new AbortController();
    const aborted = failing(users(connection).getUserByID({}, { signal: controller.signal }));
    const last = users(connection).getUserByID({});
    await until(() => held.length === 64);
    controller.abort();
    assert.equal((await aborted).error.code, Code.Canceled);
    const respondToHeld = () => {
      for (const response of held.splice(0))
        response.writeHead(200, { "content-type": "application/proto" }).end();
    };
    respondToHeld();
    await Promise.all(first);
    await until(() => held.length === 1);
    respondToHeld();
    await last;
  });

  it("reports a connection that takes too long as not-connected, in a single error", async () => {
    const silent = net.createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const sockets: net.Socket[] = [];
    silent.on("connection", (socket) => sockets.push(socket));
    const { port } = silent.address() as AddressInfo;
    // Nobody completes the TLS handshake.
    using connection = connect(`https://127.0.0.1:${port}`, { connectTimeoutMs: 100 });
    const { failure } = await failing(users(connection).getUserByID({}));
    assert.deepEqual([failure.fault, failure.attempts, failure.unprocessed], ["not-connected", 1, true]);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it("ends pending calls when it is closed", async () => {
    const connection = connect(await closedOrigin());
    const call = failing(users(connection).deleteUser({}));
    await turns(30);
    connection.close();
    assert.equal((await call).failure.fault, "closed");
  });

  it("ends a call when the caller aborts, and all calls when it is closed", async () => {
    let requests = 0;
    using server = await serve(() => {
      requests += 1;
    });
    const connection = connect(server.origin);
    const controller = new AbortController();
    const call = failing(users(connection).deleteUser({}, { signal: controller.signal }));
    await until(() => requests === 1);
    controller.abort();
    assert.equal((await call).error.code, Code.Canceled);
    connection.close();
    assert.equal((await failing(users(connection).deleteUser({}))).failure.fault, "closed");
  });
});
