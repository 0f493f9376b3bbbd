import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import type { ConnectRouter } from "@connectrpc/connect";
import { ManagementService } from "../../gen/zitadel/management_pb.js";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import {
  Code,
  createZitadel,
  isResourceExhausted,
  personalAccessToken,
  privateKeyJwt,
  type Zitadel,
  ZitadelError,
  type ZitadelOptions,
} from "../../src/index.ts";
import { HttpError } from "../../src/shared/http-client.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import type { ConnectionOptions } from "../../src/transport/connection.ts";
import type { TransportEvent } from "../../src/transport/events.ts";
import { selfSigned } from "./support/certificate.ts";
import { startConnectServer } from "./support/connect-server.ts";
import { connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { ERROR } from "./support/frames.ts";
import { startNginx, withoutNginx } from "./support/nginx.ts";
import { Peer } from "./support/peer.ts";
import {
  knowsNoSuchHost,
  refusesGrpcAs,
  refusesGrpcAsAlb,
  refusesStreams,
  respondsInstead,
  startReverseProxy,
} from "./support/reverse-proxy.ts";
import { TestClock, until } from "./support/test-clock.ts";
import { TunnelProxy } from "./support/tunnel-proxy.ts";
import { users } from "./support/users.ts";

const nginx = { skip: withoutNginx };

describe("behind a proxy", () => {
  assertNoCrashes();
  let emulator: Emulator;
  let secure: Emulator;
  before(async () => {
    [emulator, secure] = await Promise.all([startEmulator(), startEmulator({ tls: true })]);
  });
  after(() => Promise.all([emulator.close(), secure.close()]));
  beforeEach(() => {
    emulator.requests.length = 0;
  });

  /** Signs in with the key of a service user, through whatever stands at `url`. */
  function client(url: string, options: ZitadelOptions = {}): Zitadel {
    const { serviceUser } = url.startsWith("https:") ? secure : emulator;
    return createZitadel({
      url,
      auth: privateKeyJwt({ key: serviceUser.keyFile }),
      proxy: "none",
      ...options,
    });
  }

  /** One call over each protocol: v2 by Connect, v1 by gRPC where the proxy allows it. */
  async function works(zitadel: Zitadel): Promise<void> {
    await zitadel.user.v2.listUsers();
    await zitadel.auth.v1.getMyUser();
  }

  async function findError(call: Promise<unknown>): Promise<ZitadelError> {
    const error = await call.then(
      () => new Error("The call should have failed"),
      (reason: unknown) => reason,
    );
    if (!(error instanceof ZitadelError)) throw error;
    return error;
  }

  describe("that speaks HTTP/2 only", () => {
    for (const httpVersion of ["auto", "2"] as const) {
      it(`signs in and calls over one connection, with httpVersion ${httpVersion}`, async () => {
        await using proxy = await startReverseProxy({ upstream: emulator.url });
        await using zitadel = client(proxy.origin, { httpVersion });
        await works(zitadel);
        assert.equal(proxy.sessions.size, 1);
      });

      it(`does the same over TLS, with httpVersion ${httpVersion}`, async () => {
        const certificate = selfSigned("localhost");
        await using proxy = await startReverseProxy({ upstream: secure.url, certificate });
        await using zitadel = client(proxy.origin, { httpVersion, tls: { ca: certificate.cert } });
        await works(zitadel);
        assert.equal(proxy.sessions.size, 1);
      });

      it(`does the same behind nginx, with httpVersion ${httpVersion}`, nginx, async () => {
        await using proxy = await startNginx({ upstream: emulator.url });
        await using zitadel = client(proxy.origin, { httpVersion });
        await works(zitadel);
      });
    }
  });

  describe("that ends connections", () => {
    for (const [requests, calls, width] of [
      [1, 60, 16],
      [20, 400, 64],
      [100, 1000, 64],
    ] as const) {
      it(
        `fails no call and repeats no write when each connection ends after ${requests} requests`,
        nginx,
        async () => {
          await using proxy = await startNginx({
            upstream: emulator.url,
            server: [`keepalive_requests ${requests};`],
          });
          await using zitadel = client(proxy.origin);
          await readAndWrite(zitadel, (begun) => begun < calls, width);
        },
      );
    }

    it("fails no call and repeats no write when nginx is reloaded under load", nginx, async () => {
      await using proxy = await startNginx({ upstream: emulator.url });
      await using zitadel = client(proxy.origin);
      let reloading = true;
      const load = readAndWrite(zitadel, () => reloading, 32);
      for (let i = 0; i < 5; i++) await proxy.reload();
      reloading = false;
      // More than were in flight at first: calls went on meanwhile.
      assert.ok((await load) > 32);
    });

    it("lets a call finish that takes longer than the pings after a reload", nginx, async () => {
      const clock = new TestClock();
      const events: TransportEvent["type"][] = [];
      const entered = Promise.withResolvers<void>();
      const finished = Promise.withResolvers<void>();
      const routes = (router: ConnectRouter) =>
        router.service(UserService, {
          deleteUser: async () => {
            entered.resolve();
            await finished.promise;
            return {};
          },
        });
      await using server = await startConnectServer({ routes, http: "http/1.1" });
      await using proxy = await startNginx({ upstream: server.origin });
      using connection = connectTo(proxy.origin, {
        clock,
        timeoutMs: 0,
        pingIntervalMs: 1000,
        pingTimeoutMs: 500,
        onEvent: ({ type }) => events.push(type),
      });
      const call = users(connection).deleteUser({ userId: "1" });
      await entered.promise;
      await proxy.reload();
      await until(() => events.includes("goaway"), "the GOAWAY of nginx");
      await clock.advance(60_000);
      finished.resolve();
      await call;
      assert.deepEqual(events.includes("ping-timeout"), false);
    });

    it("waits while a server temporarily refuses all streams", async () => {
      let refusals = 500;
      const rule = refusesStreams(
        ({ headers }) => headers["content-type"] === "application/proto" && refusals-- > 0,
      );
      await using proxy = await startReverseProxy({ upstream: emulator.url, rules: [rule] });
      await using zitadel = client(proxy.origin);
      await readAndWrite(zitadel, (begun) => begun < 50, 50);
    });

    /** Half of the calls are writes. Returns how many calls were made. */
    async function readAndWrite(
      zitadel: Zitadel,
      goesOn: (begun: number) => boolean,
      width: number,
    ): Promise<number> {
      const written: string[] = [];
      const undo = emulator.handle(UserService, {
        deleteUser: ({ userId }) => {
          written.push(userId);
          return {};
        },
      });
      let begun = 0;
      const wanted: string[] = [];
      const worker = async (): Promise<void> => {
        while (goesOn(begun)) {
          const number = begun++;
          const userId = `${number}`;
          if (number % 2 === 0) {
            await zitadel.user.v2.listUsers();
          } else {
            wanted.push(userId);
            await zitadel.user.v2.deleteUser({ userId });
          }
        }
      };
      await Promise.all(Array.from({ length: width }, worker));
      undo();
      assert.deepEqual(written.sort(), wanted.sort());
      return begun;
    }
  });

  describe("that is misconfigured", () => {
    const certificate = selfSigned("localhost");
    const trusted = { tls: { ca: certificate.cert } };
    const noRoutes = () => {};

    type Faulty = Partial<Pick<ConnectionOptions, "tls" | "proxy">>;

    const faults: readonly (readonly [
      what: string,
      start: () => Promise<AsyncDisposable & { url: string; options: Faulty }>,
      message: RegExp,
    ])[] = [
      [
        "a certificate that is not trusted",
        async () => named(await startConnectServer({ routes: noRoutes, certificate })),
        /TLS: self-signed certificate/,
      ],
      [
        "a server that requires a client certificate",
        async () =>
          named(
            await startConnectServer({ routes: noRoutes, certificate, clientCa: certificate.cert }),
            trusted,
          ),
        /TLS: .*(alert|certificate)/,
      ],
      [
        "a port that does not speak TLS",
        async () => {
          const server = await startConnectServer({ routes: noRoutes, http: "http/1.1" });
          return named({ ...server, origin: server.origin.replace("http:", "https:") });
        },
        /The port does not speak TLS: use http:\/\/ in the url, or the port that does/,
      ],
      [
        "a port that speaks TLS, addressed in plain text",
        async () => {
          const server = await startConnectServer({ routes: noRoutes, certificate });
          return named({ ...server, origin: server.origin.replace("https:", "http:") });
        },
        /The port speaks TLS: use https:\/\/ in the url, or the port for plain text/,
      ],
      [
        "a port that speaks HTTP/1.1 where HTTP/2 was expected",
        async () => named(await startConnectServer({ routes: noRoutes, http: "http/1.1" })),
        /something other than HTTP\/2/,
      ],
      [
        "a proxy that requires credentials",
        async () => {
          const proxy = await TunnelProxy.start("ada:right");
          return tunnelled(proxy, proxy.url("ada:wrong@"));
        },
        /The proxy 127\.0\.0\.1:\d+ responded 407 to CONNECT/,
      ],
      [
        "a proxy that is a web server",
        () => wrongProxy("HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n"),
        /The proxy localhost:\d+ responded 405 to CONNECT/,
      ],
      [
        "a proxy that does not speak HTTP",
        () => wrongProxy("SSH-2.0-OpenSSH_9.2\r\n"),
        /The proxy localhost:\d+ does not speak HTTP/,
      ],
      [
        "a proxy with a certificate that is not trusted",
        async () => {
          const proxy = await TunnelProxy.start(undefined, certificate);
          return tunnelled(proxy, proxy.url());
        },
        /TLS to the proxy 127\.0\.0\.1:\d+: self-signed certificate/,
      ],
      [
        "a proxy whose password is not encoded",
        async () => {
          const proxy = await TunnelProxy.start("ada:100%");
          return tunnelled(proxy, proxy.url("ada:100%@"));
        },
        /User and password in the URL of the proxy 127\.0\.0\.1:\d+ are not percent-encoded/,
      ],
    ];

    for (const [what, start, message] of faults) {
      it(`reports ${what} without retrying, to a call and to a token request`, async () => {
        await using server = await start();
        const { url, options } = server;
        const startedAt = performance.now();
        // With a key the token request comes first; with a token, the call.
        for (const auth of [undefined, personalAccessToken({ token: "a-token" })]) {
          await using zitadel = client(url, { ...options, ...(auth && { auth }) });
          const error = await findError(zitadel.user.v2.listUsers());
          assert.match(error.message, message);
          assert.deepEqual([error.retryable, error.attempts], [false, 1]);
        }
        using connection = connectTo(url, options);
        const request = connection.http({
          method: "POST",
          url: `${url}/oauth/v2/token`,
          signal: AbortSignal.timeout(5000),
        });
        await assert.rejects(request, (refusal) => {
          assert.ok(refusal instanceof HttpError);
          assert.match(refusal.message, message);
          return !refusal.retryable;
        });
        // A retry would take longer than this.
        assert.ok(performance.now() - startedAt < 3000);
      });
    }

    function named(server: AsyncDisposable & { origin: string }, options: Faulty = {}) {
      return { url: server.origin, options, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
    }

    /** A server that sends this to every client that connects. */
    async function wrongProxy(text: string) {
      const server = net.createServer((socket) => socket.on("error", () => {}).end(text));
      server.listen(0, "localhost");
      await once(server, "listening");
      const { port } = server.address() as net.AddressInfo;
      const stop = { [Symbol.asyncDispose]: async () => void server.close() };
      return tunnelled(stop, new URL(`http://localhost:${port}`));
    }

    function tunnelled(server: AsyncDisposable, proxy: URL) {
      return {
        url: "https://zitadel.test",
        options: { proxy },
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    }
  });

  describe("that does not pass on gRPC", () => {
    type Start = () => Promise<AsyncDisposable & { origin: string }>;
    const proxies: readonly (readonly [what: string, start: Start, skip: string | false])[] = [
      ["nginx, which speaks HTTP/1.1 to Zitadel", () => startNginx({ upstream: emulator.url }), withoutNginx],
      ["a load balancer that says 464", () => proxied({ rules: [refusesGrpcAsAlb] }), false],
      ["one that says 403", () => proxied({ rules: [refusesGrpcAs(403)] }), false],
      ["one that says 415", () => proxied({ rules: [refusesGrpcAs(415)] }), false],
      ["one that says 404", () => proxied({ rules: [refusesGrpcAs(404)] }), false],
      ["one that loses trailers", () => proxied({ dropsTrailers: true }), false],
    ];

    function proxied(options: Partial<Parameters<typeof startReverseProxy>[0]>) {
      return startReverseProxy({ upstream: emulator.url, ...options });
    }

    for (const [what, start, skip] of proxies) {
      it(`falls back to gRPC-web after it has met ${what}`, { skip }, async () => {
        await using proxy = await start();
        const warnings: string[] = [];
        const quiet = () => {};
        await using zitadel = client(proxy.origin, {
          logger: { debug: quiet, info: quiet, warn: (text) => warnings.push(text), error: quiet },
        });
        await works(zitadel);
        await zitadel.management.v1.getMyOrg();
        await works(zitadel);
        const types = emulator.requests.map(({ headers }) => headers.get("content-type"));
        const grpc = types.filter((type) => type === "application/grpc+proto").length;
        assert.ok(grpc <= 1, `${types}`);
        assert.equal(types.filter((type) => type === "application/grpc-web+proto").length, 3);
        assert.equal(types.filter((type) => type === "application/proto").length, 2);
        assert.equal(warnings.filter((text) => /grpc-web/i.test(text)).length, 1, warnings.join("\n"));
      });

      it(`names the fix in the error where gRPC is configured, and there is ${what}`, { skip }, async () => {
        await using proxy = await start();
        await using zitadel = client(proxy.origin, { protocol: "grpc" });
        const error = await findError(zitadel.auth.v1.getMyUser());
        assert.match(error.hint, /proxy|load balancer/i);
        assert.doesNotMatch(error.hint, /generate/);
      });

      it(`speaks gRPC-web from the start where it is configured, over HTTP/2, to ${what}`, {
        skip,
      }, async () => {
        await using proxy = await start();
        await using zitadel = client(proxy.origin, { protocol: "grpc-web", httpVersion: "2" });
        await works(zitadel);
        const types = emulator.requests.map(({ headers }) => headers.get("content-type"));
        assert.deepEqual(types.slice(-2), ["application/grpc-web+proto", "application/grpc-web+proto"]);
      });
    }

    it("passes on Zitadel's own errors through gRPC-web", async () => {
      await using proxy = await proxied({ rules: [refusesGrpcAsAlb] });
      await using zitadel = client(proxy.origin);
      const error = await findError(zitadel.management.v1.getUserByID({ id: "none" }));
      assert.equal(error.code, Code.NotFound);
      assert.equal(error.origin, "server");
      assert.notEqual(error.id, undefined);
    });

    it("does not retry a write whose status was lost, and sends the next one by gRPC-web", async () => {
      let removed = 0;
      const undo = emulator.handle(ManagementService, {
        removeUser: () => {
          removed += 1;
          return {};
        },
      });
      await using proxy = await proxied({ dropsTrailers: true });
      await using zitadel = client(proxy.origin);
      await assert.rejects(zitadel.management.v1.removeUser({ id: "1" }), /trailers/);
      assert.equal(removed, 1);
      await zitadel.management.v1.removeUser({ id: "2" });
      assert.equal(removed, 2);
      undo();
    });

    for (const [what, rule] of [
      ["that knows no such host, in the words of Zitadel", knowsNoSuchHost],
      ["that says 404 with a page", respondsInstead(404, "text/html", "<h1>Not Found</h1>")],
      ["that says 404 with nothing", respondsInstead(404, undefined, "")],
    ] as const) {
      it(`tells a proxy ${what} apart from a missing service`, async () => {
        await using proxy = await proxied({ rules: [rule] });
        for (const protocol of ["auto", "grpc", "connect", "grpc-web"] as const) {
          await using zitadel = client(proxy.origin, {
            protocol,
            auth: personalAccessToken({ token: emulator.serviceUser.token }),
          });
          for (const call of [() => zitadel.user.v2.listUsers(), () => zitadel.auth.v1.getMyUser()]) {
            const error = await findError(Promise.resolve(call()));
            assert.equal(error.unimplemented, undefined, `${protocol}: ${error.message}`);
            assert.match(error.hint, /^\W*[^.]*(proxy|url)/i);
          }
        }
      });
    }

    it("still detects what an older server does not serve", async () => {
      await using zitadel = client(emulator.url);
      await works(zitadel);
      const undo = emulator.intercept((request, next) =>
        request.path.endsWith("/ListUsers")
          ? {
              status: 404,
              headers: new Headers({ "content-type": "text/plain" }),
              body: "404 page not found\n",
            }
          : next(),
      );
      const error = await findError(zitadel.user.v2.listUsers());
      undo();
      assert.equal(error.unimplemented, "method");
    });
  });

  describe("that limits requests", () => {
    it("reports resource_exhausted, with its hint, when nginx responds 429", nginx, async () => {
      await using proxy = await startNginx({
        upstream: emulator.url,
        http: ["limit_req_zone $uri zone=calls:1m rate=1r/m;", "limit_req_status 429;"],
        location: ["limit_req zone=calls;"],
      });
      await using zitadel = client(proxy.origin);
      await zitadel.user.v2.listUsers();
      const error = await findError(zitadel.user.v2.listUsers());
      assert.ok(isResourceExhausted(error));
      assert.match(error.hint, /fewer/);
      assert.equal(error.attempts, 3);
    });

    it(
      "retries a read that nginx refuses with 503, up to the maximum number of attempts",
      nginx,
      async () => {
        await using proxy = await startNginx({
          upstream: emulator.url,
          http: ["limit_req_zone $uri zone=calls:1m rate=1r/m;"],
          location: ["limit_req zone=calls;"],
        });
        await using zitadel = client(proxy.origin);
        await zitadel.user.v2.listUsers();
        const error = await findError(zitadel.user.v2.listUsers());
        assert.deepEqual([error.code, error.attempts], [Code.Unavailable, 3]);
      },
    );

    it("says that another server requires credentials when nginx responds 401", nginx, async () => {
      await using proxy = await startNginx({
        upstream: emulator.url,
        http: ["limit_req_zone $uri zone=calls:1m rate=1r/m;", "limit_req_status 401;"],
        location: ["limit_req zone=calls;"],
      });
      await using zitadel = client(proxy.origin);
      await zitadel.user.v2.listUsers();
      const error = await findError(zitadel.user.v2.listUsers());
      assert.deepEqual([error.code, error.origin], [Code.Unauthenticated, "transport"]);
    });

    for (const [what, retryAfter] of [
      ["in seconds", () => "0"],
      ["as a date", () => new Date(Date.now() - 1000).toUTCString()],
    ] as const) {
      it(`retries a read after Retry-After ${what}, but no write`, async () => {
        let limited = true;
        const once = respondsInstead(429, "text/plain", "slow down", () => ({ "retry-after": retryAfter() }));
        const rule: typeof once = (request) => {
          if (request.headers["content-type"] !== "application/proto" || !limited) return false;
          limited = false;
          return once(request);
        };
        await using proxy = await startReverseProxy({ upstream: emulator.url, rules: [rule] });
        await using zitadel = client(proxy.origin);
        await zitadel.user.v2.listUsers();
        assert.equal(limited, false);
        limited = true;
        const error = await findError(zitadel.user.v2.deleteUser({ userId: "1" }));
        assert.ok(isResourceExhausted(error));
        assert.equal(error.attempts, 1);
      });
    }
  });

  describe("that refuses large headers", () => {
    for (const [what, header, options] of [
      ["a token of 20 kB", "authorization", { auth: personalAccessToken({ token: "x".repeat(20_000) }) }],
      ["a header of 12 kB", "x-large", { headers: { "x-large": "x".repeat(12_000) } }],
      [
        "headers of 40 kB",
        "x-3",
        { headers: Object.fromEntries([1, 2, 3, 4, 5, 6].map((i) => [`x-${i}`, "x".repeat(7000)])) },
      ],
    ] as const) {
      it(`reports ${what} to nginx, after one attempt`, nginx, async () => {
        await using proxy = await startNginx({
          upstream: emulator.url,
          server: ["large_client_header_buffers 4 8k;"],
        });
        await using zitadel = client(proxy.origin, options);
        const error = await findError(zitadel.user.v2.listUsers());
        assert.match(error.message, /request headers take up \d+ kB/, header);
        assert.equal(error.attempts, 1);
      });
    }

    it("does not blame the headers where the connection ends for another reason", async () => {
      await using peer = await Peer.start({
        onRequest: ({ connection, streamId }) => {
          if (streamId < 3) return;
          connection.goaway(streamId, ERROR.enhanceYourCalm, "too_many_pings");
          connection.destroy();
        },
      });
      using connection = connectTo(peer.origin);
      const headers = { "x-large": "x".repeat(12_000) };
      const large = failing(users(connection).deleteUser({}, { headers }));
      const small = failing(users(connection).deleteUser({}));
      const { failure } = await large;
      assert.deepEqual([failure.fault, failure.unprocessed], ["connection-lost", false]);
      await small;
    });

    it("reports headers that exceed what HTTP/2 itself allows", async () => {
      const auth = personalAccessToken({ token: "x".repeat(70_000) });
      await using zitadel = client(emulator.url, { auth });
      const error = await findError(zitadel.user.v2.listUsers());
      assert.match(error.message, /request headers take up \d+ kB/);
      assert.deepEqual([error.retryable, error.attempts], [false, 1]);
    });
  });
});
