import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AuthError } from "../../src/auth/auth-error.ts";
import { clientCredentials } from "../../src/auth/client-credentials.ts";
import { isTrustworthyOrigin } from "../../src/auth/trustworthy-origin.ts";
import { HttpError } from "../../src/shared/http-client.ts";
import { fastClock, pass } from "./support/clocks.ts";
import { findAuthError } from "./support/find-auth-error.ts";
import {
  granted,
  plainText,
  refused,
  TokenServer,
  type TokenServerResponse,
} from "./support/token-server.ts";

const SECRET = "s3cret-canary/+= ü";
const method = clientCredentials({ clientId: "ci-bot", clientSecret: SECRET });

describe("responses of the token endpoint", () => {
  for (const [response, expected] of [
    [
      refused("invalid_client", "client not found"),
      { code: "invalid_client", description: "client not found" },
    ],
    [refused("invalid_request", "Errors.User.Machine.Secret.Invalid"), { code: "invalid_request" }],
    [refused("unauthorized_client", "grant not allowed"), { code: "unauthorized_client" }],
    [refused("invalid_grant", "invalid assertion"), { code: "invalid_grant", oauthError: "invalid_grant" }],
    [refused("something_new", "who knows"), { code: "refused", oauthError: "something_new" }],
    [
      plainText(
        404,
        "unable to set instance using origin &{unknown.example  http}: Message=Instance not found.",
      ),
      { code: "unknown_instance", status: 404 },
    ],
    [plainText(429, "Your ZITADEL instance is blocked."), { code: "instance_blocked", status: 429 }],
    [
      { status: 404, body: { code: 5, message: "Not Found" } },
      { code: "bad_response", status: 404 },
    ],
    [
      { status: 403, body: "<html>Denied</html>" },
      { code: "bad_response", description: undefined },
    ],
    [{ body: { token_type: "Bearer", expires_in: 60 } }, { code: "bad_response" }],
    [{ body: { access_token: "", token_type: "Bearer" } }, { code: "bad_response" }],
    [{ body: { access_token: "a\r\nx: y", token_type: "Bearer" } }, { code: "bad_response" }],
    [{ body: { access_token: 7, token_type: "Bearer" } }, { code: "bad_response" }],
    [{ body: { access_token: "a", token_type: "DPoP" } }, { code: "bad_response" }],
    [{ body: { access_token: "a" } }, { code: "bad_response" }],
    [granted("a", 0), { code: "bad_response" }],
    [granted("a", -1), { code: "bad_response" }],
  ] as [TokenServerResponse, Partial<AuthError>][]) {
    it(`fails immediately with ${expected.code} for ${JSON.stringify(response).slice(0, 90)}`, async (test) => {
      const server = await TokenServer.start(test);
      server.onToken = () => response;
      const source = method(server.context({ clock: fastClock(50) }));
      const error = await findAuthError(source.getToken());
      const asked = server.requests.length;
      for (const [name, value] of Object.entries(expected)) assert.equal(Reflect.get(error, name), value);
      assert.equal(error.retryable, false);
      assert.equal(error.endpoint, `${server.origin}/oauth/v2/token`);
      assert.ok(error.hint.length > 0 && error.message.includes(error.hint));
      await findAuthError(source.getToken());
      assert.ok(server.requests.length <= asked + 6);
    });
  }

  for (const body of ["<!doctype html><title>Back soon</title>", "", "null", "[]"]) {
    it(`treats a 200 that is not a token response, ${JSON.stringify(body)}, as a proxy's page and retries`, async (test) => {
      const server = await TokenServer.start(test);
      server.onToken = ({ count }) => (count < 3 ? { body } : granted("a"));
      const source = method(server.context({ clock: fastClock(10, () => 0) }));
      assert.equal((await source.getToken()).token, "a");
    });
  }

  it("waits up to 5 s for a first request that gets a page, and up to 30 s once the server has issued a token", async (test) => {
    const server = await TokenServer.start(test);
    const clock = fastClock(100);
    const page = { body: "<html></html>" };
    const source = method(server.context({ clock }));
    const failedAfterMs = async (rejected?: string): Promise<number> => {
      const startedAt = clock.monotonic();
      const error = await findAuthError(source.getToken({ rejected }));
      assert.deepEqual([error.code, error.retryable, error.status], ["bad_response", true, 200]);
      return clock.monotonic() - startedAt;
    };
    server.onToken = () => page;
    assert.ok((await failedAfterMs()) < 6_000);
    server.onToken = () => granted("a", 5);
    await pass(clock, 31_000);
    await source.getToken();
    await pass(clock, 6_000);
    server.onToken = () => page;
    assert.ok((await failedAfterMs()) > 10_000);
  });

  it("treats a page with a 4xx as final at first, and as temporary once the server has issued a token", async (test) => {
    const server = await TokenServer.start(test);
    const clock = fastClock();
    const page = { status: 404, body: "<html>default backend</html>" };
    server.onToken = ({ count }) => (count === 1 || count === 3 ? page : granted(`token-${count}`, 60));
    const source = method(server.context({ clock }));
    const error = await findAuthError(source.getToken());
    assert.deepEqual([error.code, error.retryable], ["bad_response", false]);
    await pass(clock, 2_000);
    assert.equal((await source.getToken()).token, "token-2");
    await pass(clock, 61_000);
    assert.equal((await source.getToken()).token, "token-4");
  });

  it("retries 429, 5xx and network faults, and honors Retry-After", async (test) => {
    const server = await TokenServer.start(test);
    const askedAt: number[] = [];
    // The longest backoffs together exceed the time that a caller waits.
    const clock = fastClock(30, () => 0);
    const responses: (TokenServerResponse | "reset")[] = [
      { status: 429, headers: { "retry-after": "5" }, body: "slow down" },
      { status: 503, body: "<html>no upstream</html>" },
      refused("server_error", "db", 400),
      "reset",
    ];
    server.onToken = ({ count }, response) => {
      askedAt.push(clock.monotonic());
      const planned = responses[count - 1] ?? granted("a");
      if (planned !== "reset") return planned;
      response.destroy();
      return undefined;
    };
    assert.equal((await method(server.context({ clock })).getToken()).token, "a");
    assert.equal(askedAt.length, 5);
    assert.ok((askedAt[1] ?? 0) - (askedAt[0] ?? 0) >= 5_000);
  });

  it("compares the date of Retry-After with the server's own clock", async (test) => {
    const server = await TokenServer.start(test);
    const headers = { date: "Thu, 01 Jan 2026 00:00:00 GMT", "retry-after": "Thu, 01 Jan 2026 00:02:00 GMT" };
    server.onToken = () => ({ status: 429, headers, body: "" });
    const error = await findAuthError(method(server.context()).getToken());
    assert.deepEqual([error.code, error.retryAfterMs], ["rate_limited", 120_000]);
  });

  for (const [value, expiresInMs] of [
    [undefined, undefined],
    ["soon", undefined],
    [null, undefined],
    ["3600", 3_600_000],
    [3600.5, 3_600_500],
    [2 ** 40, (2 ** 31 - 1) * 1_000],
  ] as const) {
    it(`accepts a token with expires_in ${JSON.stringify(value)}`, async (test) => {
      const server = await TokenServer.start(test);
      server.onToken = () => ({ body: { access_token: "a", token_type: "Bearer", expires_in: value } });
      const before = Date.now();
      const { token, expiresAt } = await method(server.context()).getToken();
      assert.equal(token, "a");
      if (expiresInMs === undefined) assert.equal(expiresAt, undefined);
      else assert.ok(Math.abs((expiresAt ?? 0) - before - expiresInMs) < 1_000);
    });
  }

  it("accepts token_type in any case", async (test) => {
    const server = await TokenServer.start(test);
    server.onToken = () => ({ body: { access_token: "a", token_type: "bearer", expires_in: 60 } });
    assert.equal((await method(server.context()).getToken()).token, "a");
  });

  it("counts a lifetime from when the request was sent", async (test) => {
    const server = await TokenServer.start(test);
    const clock = fastClock();
    server.onToken = (_, response) => {
      clock.setTimer(() => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify(granted("a", 60).body));
      }, 3_000);
      return undefined;
    };
    const { expiresAt = 0 } = await method(server.context({ clock })).getToken();
    assert.ok(expiresAt - clock.now() <= 57_000, `${expiresAt - clock.now()} ms are left`);
  });

  it("are not repeated in the error, so that an echoed secret does not leak", async (test) => {
    const server = await TokenServer.start(test);
    const basic = Buffer.from(`ci-bot:${new URLSearchParams({ "": SECRET }).toString().slice(1)}`).toString(
      "base64",
    );
    const echoes = [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString("base64"), basic];
    for (const echo of echoes) {
      server.onToken = () => refused(echo, `bad secret ${echo} of client`);
      const error = await findAuthError(method(server.context()).getToken());
      assert.ok(!`${error.message} ${error.description} ${error.oauthError}`.includes(echo));
      assert.match(error.description ?? "", /bad secret \[redacted\] of client/);
    }
    server.onToken = () => ({ body: { accessToken: "leaked-token" } });
    assert.ok(!(await findAuthError(method(server.context()).getToken())).message.includes("leaked-token"));
  });
});

describe("token requests", () => {
  it("never follow redirects", async (test) => {
    const server = await TokenServer.start(test);
    const thief = await TokenServer.start(test);
    server.onToken = () => ({
      status: 307,
      headers: { location: `${thief.origin}/oauth/v2/token` },
      body: "",
    });
    const error = await findAuthError(method(server.context()).getToken());
    assert.deepEqual([error.code, error.retryable], ["redirected", false]);
    assert.equal(thief.requests.length, 0);
  });

  it("send a credential to one origin only, whatever discovery says", async (test) => {
    const server = await TokenServer.start(test);
    const thief = await TokenServer.start(test);
    const { host } = new URL(thief.origin);
    server.onToken = () => ({ status: 404, body: "" });
    for (const tokenEndpoint of [
      `${thief.origin}/oauth/v2/token`,
      `http://x.example//${host}/oauth/v2/token`,
    ]) {
      server.onDiscovery = () => ({ body: { issuer: "https://x.example", token_endpoint: tokenEndpoint } });
      await findAuthError(method(server.context()).getToken());
    }
    assert.equal(server.discoveries, 2);
    assert.equal(thief.requests.length, 0);
  });

  it("send a bearer token over https or to loopback only", () => {
    for (const origin of [
      "https://acme.example",
      "http://localhost:8080",
      "http://acme.dev.localhost",
      "http://127.0.0.1",
      "http://127.12.0.10:8080",
      "http://[::1]:1",
    ]) {
      assert.equal(isTrustworthyOrigin(origin), true, origin);
    }
    for (const origin of [
      "http://acme.example",
      "http://localhost.example",
      "http://notlocalhost",
      "http://127.0.0.1.example",
      "http://10.0.0.1",
      "ftp://localhost",
      "",
    ]) {
      assert.equal(isTrustworthyOrigin(origin), false, origin);
    }
  });

  it("need no discovery and exactly one request", async (test) => {
    const server = await TokenServer.start(test);
    const source = method(server.context());
    await source.getToken();
    await source.getToken({ rejected: "token-1" });
    assert.deepEqual([server.requests.length, server.discoveries], [2, 0]);
  });

  for (const [response, discoveries] of [
    [{ status: 404, body: "<html>404 page not found</html>" }, 1],
    [{ status: 404, body: { error: "invalid_request", error_description: "unrecognized route" } }, 1],
    [{ status: 405, body: "" }, 1],
    [{ body: "<html>a page for any path</html>" }, 1],
    [plainText(404, "unable to set instance using origin &{x}: Instance not found"), 0],
    [refused("invalid_client", "client not found"), 0],
    [refused("unauthorized_client", "grant not allowed"), 0],
    [{ status: 502, body: "" }, 0],
  ] as [TokenServerResponse, number][]) {
    it(`discover ${discoveries === 0 ? "nothing" : "the endpoint"} after ${JSON.stringify(response)}`, async (test) => {
      const server = await TokenServer.start(test);
      server.paths = ["/oauth/v2/token", "/token"];
      server.onDiscovery = () => ({
        body: { issuer: server.origin, token_endpoint: "https://acme.example/token" },
      });
      server.onToken = ({ path }) => (path === "/token" ? granted("a") : response);
      const source = method(server.context({ clock: fastClock(50) }));
      const token = await source.getToken().then(
        (access) => access.token,
        () => undefined,
      );
      assert.equal(token, discoveries === 0 ? undefined : "a");
      assert.equal(server.discoveries, discoveries);
    });
  }

  for (const response of [
    plainText(404, "unable to set instance using origin &{x}: Instance not found"),
    { body: "<html></html>" },
    { body: {} },
    { body: { issuer: "https://x.example" } },
    { body: { issuer: "https://x.example", token_endpoint: "not a URL" } },
    { body: { issuer: 7, token_endpoint: "https://x.example/t" } },
    { status: 301, headers: { location: "https://x.example" }, body: "" },
    { status: 502, body: "" },
  ] as TokenServerResponse[]) {
    it(`end with the refusal of the token endpoint if discovery responds ${JSON.stringify(response).slice(0, 80)}`, async (test) => {
      const server = await TokenServer.start(test);
      server.onToken = () => ({ status: 404, body: "" });
      server.onDiscovery = () => response;
      const error = await findAuthError(method(server.context()).getToken());
      assert.deepEqual([error.code, error.status], ["bad_response", 404]);
      assert.match(error.message, /^Token request to http/);
      assert.deepEqual([server.requests.length, server.discoveries], [1, 1]);
    });
  }

  it("run discovery once per refusal, however often it is repeated, and again after the next token", async (test) => {
    const server = await TokenServer.start(test);
    const clock = fastClock();
    const source = method(server.context({ clock }));
    const gone = { status: 404, body: {} };
    server.onToken = ({ count }) => (count === 3 ? granted("a") : gone);
    await findAuthError(source.getToken());
    await pass(clock, 2_000);
    await findAuthError(source.getToken());
    assert.deepEqual([server.requests.length, server.discoveries], [2, 1]);
    await pass(clock, 4_000);
    await source.getToken();
    await findAuthError(source.getToken({ rejected: "a" }));
    assert.deepEqual([server.requests.length, server.discoveries], [4, 2]);
  });

  it("end immediately as unreachable when the client says that a retry cannot help", async (test) => {
    const server = await TokenServer.start(test);
    let requests = 0;
    const http = async (): Promise<never> => {
      requests += 1;
      throw new HttpError("self-signed certificate", { retryable: false });
    };
    const source = method(server.context({ http }));
    const calls = Array.from({ length: 10 }, () => findAuthError(source.getToken()));
    for (const { code, retryable, description } of await Promise.all(calls)) {
      assert.deepEqual([code, retryable, description], ["unreachable", false, "self-signed certificate"]);
    }
    assert.equal(requests, 1);
  });

  it("start connecting before the credential is loaded", async (test) => {
    const server = await TokenServer.start(test);
    const steps: string[] = [];
    const clientSecret = (): string => {
      steps.push("load");
      return SECRET;
    };
    const context = server.context({ warmUp: () => steps.push("connect") });
    await clientCredentials({ clientId: "ci-bot", clientSecret })(context).getToken();
    assert.deepEqual(steps, ["connect", "load"]);
  });
});

describe("a credential that is too new to be known to the server", () => {
  const LAGS: readonly TokenServerResponse[] = [
    refused("invalid_request", "Errors.User.Machine.Secret.NotExisting"),
    refused("invalid_request", "Errors.User.Machine.Secret.Invalid"),
    refused("invalid_client", "client not found"),
  ];
  for (const lag of LAGS) {
    it(`works as soon as the server knows it: ${JSON.stringify(lag.body)}`, async (test) => {
      const server = await TokenServer.start(test);
      const clock = fastClock(10);
      const knownAt = clock.monotonic() + 1_500;
      server.onToken = () => (clock.monotonic() < knownAt ? lag : granted("a"));
      assert.equal((await method(server.context({ clock })).getToken()).token, "a");
      assert.ok(server.requests.length < 10, `${server.requests.length} requests`);
    });
  }

  it("is refused after about two seconds", async (test) => {
    const server = await TokenServer.start(test);
    server.onToken = () => refused("invalid_client", "client not found");
    const clock = fastClock(10);
    const startedAt = clock.monotonic();
    await findAuthError(method(server.context({ clock })).getToken());
    const elapsedMs = clock.monotonic() - startedAt;
    assert.ok(elapsedMs > 1_000 && elapsedMs < 3_000, `${elapsedMs} ms`);
  });

  it("is refused immediately if it has worked before, or for a reason that time does not change", async (test) => {
    const server = await TokenServer.start(test);
    const source = method(server.context());
    await source.getToken();
    server.onToken = () => refused("invalid_client", "client not found");
    await findAuthError(source.getToken({ rejected: "token-1" }));
    assert.equal(server.requests.length, 2);
    const other = await TokenServer.start(test);
    other.onToken = () => refused("invalid_request", "Errors.User.NotActive");
    await findAuthError(method(other.context()).getToken());
    assert.equal(other.requests.length, 1);
  });

  it("counts as new again when it was replaced", async (test) => {
    const server = await TokenServer.start(test);
    let secret = "old";
    const source = clientCredentials({ clientId: "ci-bot", clientSecret: () => secret })(server.context());
    await source.getToken();
    secret = "new";
    server.onToken = ({ count }) => (count < 4 ? LAGS[1] : granted("b"));
    assert.equal((await source.getToken({ rejected: "token-1" })).token, "b");
  });
});
