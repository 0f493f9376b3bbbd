import assert from "node:assert/strict";
import dns from "node:dns";
import { mkdtempSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { inspect } from "node:util";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import type { ConnectionOptions } from "../../src/transport/connection.ts";
import { selfSigned } from "./support/certificate.ts";
import { startConnectServer } from "./support/connect-server.ts";
import { type Connected, connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { TunnelProxy } from "./support/tunnel-proxy.ts";
import { users } from "./support/users.ts";

const certificate = selfSigned("localhost");
const trusted = { tls: { ca: certificate.cert } };
const seen: { protocol: string }[] = [];

const routes = (router: ConnectRouter) =>
  router.service(UserService, {
    getUserByID: ({ userId }, { protocolName }) => {
      seen.push({ protocol: protocolName });
      return { user: { userId } };
    },
  });

/** A call and a token request, since both must get through. */
async function works(connection: Connected, origin: string): Promise<void> {
  const { user } = await users(connection).getUserByID({ userId: "7" });
  assert.equal(user?.userId, "7");
  const { text } = await connection.http({
    method: "POST",
    url: `${origin}/oauth/v2/token`,
    signal: AbortSignal.timeout(5000),
  });
  assert.equal(text, "a token");
}

async function refusedBy(options: Partial<ConnectionOptions>, origin: string) {
  using connection = connectTo(origin, options);
  return await failing(users(connection).deleteUser({ userId: "1" }));
}

describe("reach", () => {
  assertNoCrashes();
  afterEach(() => {
    seen.length = 0;
    for (const name of ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"]) delete process.env[name];
  });

  it("trusts a custom CA, for calls and token requests alike", async () => {
    await using server = await startConnectServer({ routes, certificate });
    using connection = connectTo(server.origin, trusted);
    await works(connection, server.origin);
  });

  it("refuses a certificate that is not trusted, without retrying and with the reason", async () => {
    await using server = await startConnectServer({ routes, certificate });
    const { error, failure } = await refusedBy({}, server.origin);
    assert.equal(error.code, Code.Unavailable);
    assert.match(error.message, /Cannot connect to https:\S+: TLS: self-signed certificate/);
    assert.deepEqual(
      [failure.fault, failure.unprocessed, failure.attempts],
      ["connection-rejected", true, 1],
    );
  });

  for (const [what, denial] of [
    ["Deno's for a name", { code: "EPERM", syscall: "getaddrinfo" }],
    ["Deno's for an address", { name: "NotCapable" }],
    ["Node's", { code: "ERR_ACCESS_DENIED" }],
  ] as const) {
    it(`reports at once that the runtime's permissions forbid connections: ${what}`, async (t) => {
      const lookup = ((_name: string, _options: object, callback: (error: Error) => void) =>
        callback(Object.assign(new Error("not permitted"), denial))) as typeof dns.lookup;
      t.mock.method(dns, "lookup", lookup);
      syncBuiltinESMExports();
      t.after(() => {
        t.mock.restoreAll();
        syncBuiltinESMExports();
      });
      const { error, failure } = await refusedBy({}, "http://zitadel.internal:1");
      assert.match(error.message, /Cannot connect to \S+: not permitted/);
      assert.deepEqual([failure.fault, failure.attempts], ["connection-rejected", 1]);
    });
  }

  it("verifies the name in the certificate, which may differ from the host", async () => {
    await using server = await startConnectServer({ routes, certificate });
    const { error } = await refusedBy(
      { tls: { ca: certificate.cert, serverName: "other.example" } },
      server.origin,
    );
    assert.match(error.message, /other\.example/);
    using byAddress = connectTo(server.origin.replace("localhost", "127.0.0.1"), trusted);
    await users(byAddress).getUserByID({});
  });

  it("accepts any certificate only with an option whose name is a warning", async () => {
    await using server = await startConnectServer({ routes, certificate });
    using connection = connectTo(server.origin, { tls: { dangerouslyAcceptAnyCertificate: true } });
    await works(connection, server.origin);
  });

  it("sends a client certificate", async () => {
    const client = selfSigned("client");
    await using server = await startConnectServer({ routes, certificate, clientCa: client.cert });
    using connection = connectTo(server.origin, { tls: { ca: certificate.cert, ...client } });
    await works(connection, server.origin);
  });

  it("reports at once that the server requires a client certificate", async () => {
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const client = { ...certificate, maxVersion };
      await using server = await startConnectServer({
        routes,
        certificate: client,
        clientCa: certificate.cert,
      });
      const { error, failure } = await refusedBy(trusted, server.origin);
      assert.equal(failure.fault, "connection-rejected");
      assert.match(error.rawMessage, /TLS: .*(alert|certificate)/i);
    }
  });

  it("lets ALPN decide between HTTP/2 and HTTP/1.1", async () => {
    for (const [http, protocol] of [
      ["h2", "connect"],
      ["http/1.1", "grpc-web"],
    ] as const) {
      await using server = await startConnectServer({ routes, certificate, http });
      using connection = connectTo(server.origin, trusted);
      await works(connection, server.origin);
      await users(connection).getUserByID({});
      assert.deepEqual(new Set(seen.splice(0).map((one) => one.protocol)), new Set([protocol]));
    }
  });

  it("uses only the configured version", async () => {
    await using server = await startConnectServer({ routes, certificate, http: "http/1.1" });
    const { failure } = await refusedBy({ ...trusted, httpVersion: "2" }, server.origin);
    assert.equal(failure.fault, "connection-rejected");
    await using both = await startConnectServer({ routes, certificate });
    using connection = connectTo(both.origin, { ...trusted, httpVersion: "1.1" });
    await works(connection, both.origin);
    assert.equal(seen.at(-1)?.protocol, "grpc-web");
  });

  it("connects to a Unix socket", async () => {
    const directory = mkdtempSync(join(tmpdir(), "socket-"));
    const path = join(directory, "zitadel.sock");
    const origin = "http://zitadel.internal";
    for (const [http, httpVersion] of [
      ["h2", "2"],
      ["http/1.1", "1.1"],
    ] as const) {
      await using _server = await startConnectServer({ routes, path, http });
      using connection = connectTo(origin, { socketPath: path, httpVersion });
      await users(connection).getUserByID({});
      assert.equal(seen.splice(0).length, 1);
    }
    rmSync(directory, { recursive: true });
  });

  for (const [what, secure, httpVersion] of [
    ["HTTP/2 on TLS", true, "2"],
    ["HTTP/2 on plain text", false, "2"],
    ["HTTP/1.1 on TLS", true, "1.1"],
    ["HTTP/1.1 on plain text", false, "1.1"],
  ] as const) {
    it(`uses the proxy of the environment with ${what}`, async () => {
      await using proxy = await TunnelProxy.start("ada:p@ss");
      const http = httpVersion === "2" ? "h2" : "http/1.1";
      await using server = await startConnectServer({
        routes,
        http,
        certificate: secure ? certificate : undefined,
      });
      process.env[secure ? "HTTPS_PROXY" : "HTTP_PROXY"] = proxy.url("ada:p%40ss@").href;
      using connection = connectTo(server.origin, { ...trusted, httpVersion, proxy: "environment" });
      await users(connection).getUserByID({});
      if (http === "http/1.1" || secure) await works(connection, server.origin);
      const { host } = new URL(server.origin);
      assert.ok(proxy.targets.length >= 1);
      assert.deepEqual(new Set(proxy.targets), new Set([host]));
    });
  }

  it("bypasses the proxy where NO_PROXY or an option says so", async () => {
    await using proxy = await TunnelProxy.start();
    await using server = await startConnectServer({ routes, certificate });
    process.env["HTTPS_PROXY"] = proxy.url().href;
    process.env["NO_PROXY"] = "localhost,.example.com";
    using excepted = connectTo(server.origin, { ...trusted, proxy: "environment" });
    await works(excepted, server.origin);
    delete process.env["NO_PROXY"];
    using told = connectTo(server.origin, { ...trusted, proxy: "none" });
    await works(told, server.origin);
    assert.deepEqual(proxy.targets, []);
  });

  it("uses the proxy of an option, over TLS too", async () => {
    await using proxy = await TunnelProxy.start(undefined, certificate);
    await using server = await startConnectServer({ routes, certificate });
    using connection = connectTo(server.origin, { ...trusted, proxy: proxy.url() });
    await works(connection, server.origin);
    assert.equal(proxy.targets.length, 1);
  });

  it("speaks HTTP/2 to a plain text server through a proxy that speaks TLS", async () => {
    await using server = await startConnectServer({ routes });
    await using proxy = await TunnelProxy.start(undefined, certificate);
    using connection = connectTo(server.origin, { ...trusted, proxy: proxy.url() });
    await users(connection).getUserByID({});
    assert.deepEqual(seen, [{ protocol: "connect" }]);
  });

  it("reports that the proxy refused, without its password", async () => {
    await using proxy = await TunnelProxy.start("ada:right");
    await using server = await startConnectServer({ routes, certificate });
    const { error, failure } = await refusedBy({ ...trusted, proxy: proxy.url("ada:wrong@") }, server.origin);
    assert.match(error.message, /The proxy 127\.0\.0\.1:\d+ responded 407 to CONNECT/);
    assert.doesNotMatch(`${error.stack}`, /wrong/);
    assert.deepEqual([failure.fault, failure.unprocessed], ["connection-rejected", true]);
  });

  it("reports that the proxy's host is unknown, without its password", async () => {
    for (const [proxy, what] of [
      [
        "socks5://ada:hidden@127.0.0.1:1080",
        /HTTP_PROXY is a URL of socks5; expected the URL of a proxy for HTTP/,
      ],
      ["http://ada:hidden@:x", /HTTP_PROXY is a URL that is not that of a proxy; expected/],
    ] as const) {
      process.env["HTTP_PROXY"] = proxy;
      const { error, failure } = await refusedBy({ proxy: "environment" }, "http://localhost:1");
      assert.match(error.message, what);
      assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /hidden/);
      assert.equal(failure.fault, "connection-rejected");
    }
  });

  it("sends token requests only to the origin", async () => {
    using connection = connectTo("https://localhost:1");
    await assert.rejects(
      connection.http({ method: "GET", url: "https://other.example/", signal: AbortSignal.timeout(100) }),
      /must stay on https:\/\/localhost:1/,
    );
  });
});
