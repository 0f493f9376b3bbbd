import assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { Code, createClient, createContextValues } from "@connectrpc/connect";
import { AdminService } from "../../gen/zitadel/admin_pb.js";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { type RetryMode, retryMode } from "../../src/transport/call.ts";
import type { TransportEvent } from "../../src/transport/events.ts";
import type { RetryOptions } from "../../src/transport/retry/retry-policy.ts";
import { startConnectServer } from "./support/connect-server.ts";
import { connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { Peer } from "./support/peer.ts";
import { users } from "./support/users.ts";

type Seen = string[];

/** A call whose response has no gRPC status, and how often it is sent. */
interface LostStatus {
  readonly what: string;
  readonly rpc: "healthz" | "setDefaultLanguage";
  readonly mode?: RetryMode;
  readonly retry?: Partial<RetryOptions>;
  readonly requests: 1 | 2;
}

const LOST_STATUS: readonly LostStatus[] = [
  { what: "sends a read again", rpc: "healthz", requests: 2 },
  { what: "sends a write only once", rpc: "setDefaultLanguage", requests: 1 },
  {
    what: "sends a write that may be repeated again",
    rpc: "setDefaultLanguage",
    mode: "idempotent",
    requests: 2,
  },
  {
    what: "sends a write again whose method may be repeated",
    rpc: "setDefaultLanguage",
    retry: { modeOf: () => "idempotent" },
    requests: 2,
  },
  { what: "sends a read that must not be repeated only once", rpc: "healthz", mode: "never", requests: 1 },
  {
    what: "sends a read only once whose method must not be repeated",
    rpc: "healthz",
    retry: { modeOf: () => "never" },
    requests: 1,
  },
  {
    what: "sends a read only once that has a single attempt",
    rpc: "healthz",
    retry: { maxAttempts: 1 },
    requests: 1,
  },
];

/** The last frame of a gRPC-web response that succeeded. */
const WEB_STATUS = Buffer.concat([Buffer.of(0x80, 0, 0, 0, 16), Buffer.from("grpc-status: 0\r\n")]);

function serve(seen: Seen, http: "h2" | "http/1.1" = "h2") {
  return startConnectServer({
    http,
    routes: (router) => {
      router.service(UserService, {
        getUserByID: (_, { protocolName }) => {
          seen.push(`v2 ${protocolName}`);
          return {};
        },
      });
      router.service(AdminService, {
        healthz: (_, { protocolName }) => {
          seen.push(`v1 ${protocolName}`);
          return {};
        },
      });
    },
  });
}

describe("routing", () => {
  assertNoCrashes();

  for (const [protocol, httpVersion, expected] of [
    ["auto", "auto", ["v2 connect", "v1 grpc"]],
    ["connect", "2", ["v2 connect", "v1 connect"]],
    ["grpc", "2", ["v2 grpc", "v1 grpc"]],
    ["auto", "1.1", ["v2 grpc-web", "v1 grpc-web"]],
    ["grpc-web", "1.1", ["v2 grpc-web", "v1 grpc-web"]],
    ["connect", "1.1", ["v2 connect", "v1 connect"]],
  ] as const) {
    it(`sends v2 and v1 by ${expected.join(" and ")} for ${protocol} over HTTP ${httpVersion}`, async () => {
      const seen: Seen = [];
      await using server = await serve(seen, httpVersion === "1.1" ? "http/1.1" : "h2");
      using connection = connectTo(server.origin, { protocol, httpVersion });
      await users(connection).getUserByID({});
      await createClient(AdminService, connection.transport).healthz({});
      assert.deepEqual(seen, expected);
    });
  }

  it("says that gRPC needs HTTP/2", async () => {
    using connection = connectTo("http://127.0.0.1:1", { protocol: "grpc", httpVersion: "1.1" });
    const { error } = await failing(users(connection).getUserByID({}));
    assert.equal(error.code, Code.FailedPrecondition);
  });

  it("falls back to gRPC once for a service without Connect, and remembers it", async () => {
    const events: TransportEvent[] = [];
    const paths: string[] = [];
    await using peer = await Peer.start({
      onRequest: ({ connection, streamId, body }) => {
        const grpc = body.length >= 5 && body.readUInt32BE(1) === body.length - 5;
        paths.push(grpc ? "grpc" : "connect");
        if (!grpc) return connection.refuse(streamId, 404, { code: 5, message: "Not Found" });
        connection.headers(streamId, { ":status": "200", "content-type": "application/grpc" });
        connection.data(streamId, Buffer.alloc(5), false);
        connection.headers(streamId, { "grpc-status": "0" }, true);
      },
    });
    using connection = connectTo(peer.origin, {
      onEvent: (event) => event.type === "protocol-fallback" && events.push(event),
    });
    for (let i = 0; i < 3; i++) await users(connection).deleteUser({ userId: "123456789" });
    assert.deepEqual(paths, ["connect", "grpc", "grpc", "grpc"]);
    assert.deepEqual(events, [
      { type: "protocol-fallback", service: "zitadel.user.v2.UserService", from: "connect", to: "grpc" },
    ]);
  });

  it("does not remember a fallback that failed as well", async () => {
    await using peer = await Peer.start({
      onRequest: ({ connection, streamId }) =>
        connection.refuse(streamId, 404, { code: 5, message: "Not Found" }),
    });
    using connection = connectTo(peer.origin);
    for (let i = 1; i <= 2; i++) {
      const { error, failure } = await failing(users(connection).deleteUser({ userId: "1" }));
      assert.equal(error.code, Code.Unimplemented);
      assert.deepEqual([failure.unimplemented, failure.unprocessed, peer.requests], ["service", true, 3 * i]);
    }
  });

  for (const { what, rpc, mode, retry, requests } of LOST_STATUS) {
    it(`${what} if the status of its gRPC response is lost, and uses gRPC-web from then on`, async () => {
      await using peer = await Peer.start({
        onRequest: ({ connection, streamId, number }) => {
          const web = number > 1;
          const type = web ? "application/grpc-web+proto" : "application/grpc";
          connection.headers(streamId, { ":status": "200", "content-type": type });
          connection.data(streamId, web ? Buffer.concat([Buffer.alloc(5), WEB_STATUS]) : Buffer.alloc(5));
        },
      });
      using connection = connectTo(peer.origin, { retry });
      const client = createClient(AdminService, connection.transport);
      const contextValues = createContextValues().set(retryMode, mode);
      const call = client[rpc]({}, { contextValues });
      if (requests === 1) assert.equal((await failing(call)).failure.fault, "missing-status");
      else await call;
      assert.equal(peer.requests, requests);
      await client.healthz({});
      assert.equal(peer.requests, requests + 1);
    });
  }

  it("refuses streams", () => {
    using connection = connectTo("http://127.0.0.1:1");
    const { transport } = connection;
    const call = transport.stream(
      UserService.method.getUserByID as never,
      undefined,
      undefined,
      undefined,
      (async function* () {})(),
    );
    return assert.rejects(call, { code: Code.Unimplemented });
  });

  it("reports that a plain text server does not speak HTTP/2", async () => {
    const server = http.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    using connection = connectTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const { error } = await failing(users(connection).getUserByID({}));
    assert.match(error.message, /something other than HTTP\/2/);
    server.close();
  });

  it("waits for a server over HTTP/1.1 as well", async () => {
    const probe = http.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => probe.once("listening", resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    using connection = connectTo(`http://127.0.0.1:${port}`, { httpVersion: "1.1", protocol: "connect" });
    const call = failing(users(connection).deleteUser({}));
    await new Promise((resolve) => setTimeout(resolve, 60));
    const server = http.createServer((_, response) => response.writeHead(503).end());
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    assert.equal((await call).failure.fault, "gateway-error");
    server.close();
    server.closeAllConnections();
  });
});
