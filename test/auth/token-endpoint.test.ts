import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AuthError } from "../../src/auth/auth-error.ts";
import { clientCredentials } from "../../src/auth/client-credentials.ts";
import { isTrustworthyOrigin } from "../../src/auth/trustworthy-origin.ts";
import { fastClock, pass } from "./support/clocks.ts";
import { type Answer, granted, plainText, refused, TokenServer } from "./support/token-server.ts";

const SECRET = "s3cret-canary/+= ü";
const method = clientCredentials({ clientId: "ci-bot", clientSecret: SECRET });

async function errorOf(promise: Promise<unknown>): Promise<AuthError> {
  const error = await promise.then(
    () => assert.fail("should have failed"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof AuthError, String(error));
  return error;
}

describe("the token endpoint's answers", () => {
  for (const [answer, expected] of [
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
    [{ body: "<!doctype html><title>Sign in to the proxy</title>" }, { code: "bad_response", status: 200 }],
    [{ body: "" }, { code: "bad_response" }],
    [{ body: "null" }, { code: "bad_response" }],
    [{ body: "[]" }, { code: "bad_response" }],
    [{ body: { token_type: "Bearer", expires_in: 60 } }, { code: "bad_response" }],
    [{ body: { access_token: "", token_type: "Bearer" } }, { code: "bad_response" }],
    [{ body: { access_token: "a\r\nx: y", token_type: "Bearer" } }, { code: "bad_response" }],
    [{ body: { access_token: 7, token_type: "Bearer" } }, { code: "bad_response" }],
    [{ body: { access_token: "a", token_type: "DPoP" } }, { code: "bad_response" }],
    [{ body: { access_token: "a" } }, { code: "bad_response" }],
    [granted("a", 0), { code: "bad_response" }],
    [granted("a", -1), { code: "bad_response" }],
  ] as [Answer, Partial<AuthError>][]) {
    it(`7. fails at once with ${expected.code} for ${JSON.stringify(answer).slice(0, 90)}`, async (test) => {
      const server = await TokenServer.start(test);
      server.onToken = () => answer;
      const source = method(server.context());
      const error = await errorOf(source.getToken());
      assert.partialDeepStrictEqual({ ...error }, expected);
      assert.equal(error.retryable, false);
      assert.equal(error.endpoint, `${server.origin}/oauth/v2/token`);
      assert.ok(error.hint.length > 0 && error.message.includes(error.hint));
      await errorOf(source.getToken());
      assert.equal(server.requests.length, 1);
    });
  }

  it("7. 429, 5xx and network faults are retried (Retry-After honoured)", async (test) => {
    const server = await TokenServer.start(test);
    const askedAt: number[] = [];
    const clock = fastClock();
    // The longest back-offs together outlast the patience of a caller.
    test.mock.method(Math, "random", () => 0);
    const answers: (Answer | "reset")[] = [
      { status: 429, headers: { "retry-after": "5" }, body: "slow down" },
      { status: 503, body: "<html>no upstream</html>" },
      refused("server_error", "db", 400),
      "reset",
    ];
    server.onToken = ({ count }, response) => {
      askedAt.push(clock.monotonic());
      const answer = answers[count - 1] ?? granted("a");
      if (answer !== "reset") return answer;
      response.destroy();
      return undefined;
    };
    assert.equal((await method(server.context({ clock })).getToken()).token, "a");
    assert.equal(askedAt.length, 5);
    assert.ok((askedAt[1] ?? 0) - (askedAt[0] ?? 0) >= 5_000);
  });

  it("7. reads a Retry-After date by the server's own clock", async (test) => {
    const server = await TokenServer.start(test);
    const headers = { date: "Thu, 01 Jan 2026 00:00:00 GMT", "retry-after": "Thu, 01 Jan 2026 00:02:00 GMT" };
    server.onToken = () => ({ status: 429, headers, body: "" });
    const error = await errorOf(method(server.context()).getToken());
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
    it(`takes a token with expires_in ${JSON.stringify(value)}`, async (test) => {
      const server = await TokenServer.start(test);
      server.onToken = () => ({ body: { access_token: "a", token_type: "Bearer", expires_in: value } });
      const before = Date.now();
      const { token, expiresAt } = await method(server.context()).getToken();
      assert.equal(token, "a");
      if (expiresInMs === undefined) assert.equal(expiresAt, undefined);
      else assert.ok(Math.abs((expiresAt ?? 0) - before - expiresInMs) < 1_000);
    });
  }

  it("takes token_type in any case", async (test) => {
    const server = await TokenServer.start(test);
    server.onToken = () => ({ body: { access_token: "a", token_type: "bearer", expires_in: 60 } });
    assert.equal((await method(server.context()).getToken()).token, "a");
  });

  it("counts a lifetime from when the request left", async (test) => {
    const server = await TokenServer.start(test);
    const clock = fastClock();
    server.onToken = (_, response) => {
      setTimeout(() => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify(granted("a", 60).body));
      }, 100);
      return undefined;
    };
    const { expiresAt = 0 } = await method(server.context({ clock })).getToken();
    assert.ok(expiresAt - clock.now() < 58_000, `${expiresAt - clock.now()} ms are left`);
  });

  it("10. a secret that the server repeats does not reach the error, nor do other bodies", async (test) => {
    const server = await TokenServer.start(test);
    const basic = Buffer.from(`ci-bot:${new URLSearchParams({ "": SECRET }).toString().slice(1)}`).toString(
      "base64",
    );
    const echoes = [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString("base64"), basic];
    for (const echo of echoes) {
      server.onToken = () => refused(echo, `bad secret ${echo} of client`);
      const error = await errorOf(method(server.context()).getToken());
      assert.ok(!`${error.message} ${error.description} ${error.oauthError}`.includes(echo));
      assert.match(error.description ?? "", /bad secret \[redacted\] of client/);
    }
    server.onToken = () => ({ body: { accessToken: "leaked-token" } });
    assert.ok(!(await errorOf(method(server.context()).getToken())).message.includes("leaked-token"));
  });
});

describe("token requests", () => {
  it("11. token requests never follow redirects", async (test) => {
    const server = await TokenServer.start(test);
    const thief = await TokenServer.start(test);
    server.onToken = () => ({
      status: 307,
      headers: { location: `${thief.origin}/oauth/v2/token` },
      body: "",
    });
    const error = await errorOf(method(server.context()).getToken());
    assert.deepEqual([error.code, error.retryable], ["redirected", false]);
    assert.equal(thief.requests.length, 0);
  });

  it("11. a credential is bound to one origin, whatever discovery says", async (test) => {
    const server = await TokenServer.start(test);
    const thief = await TokenServer.start(test);
    const { host } = new URL(thief.origin);
    for (const tokenEndpoint of [
      `${thief.origin}/oauth/v2/token`,
      `http://x.example//${host}/oauth/v2/token`,
    ]) {
      server.onDiscovery = () => ({ body: { issuer: "https://x.example", token_endpoint: tokenEndpoint } });
      await method(server.context())
        .getToken()
        .catch(() => undefined);
    }
    assert.equal(server.requests.length, 1);
    assert.equal(thief.requests.length, 0);
  });

  it("11. a bearer goes over https or to loopback only", () => {
    for (const origin of [
      "https://acme.example",
      "http://localhost:8080",
      "http://127.0.0.1",
      "http://[::1]:1",
    ]) {
      assert.equal(isTrustworthyOrigin(origin), true, origin);
    }
    for (const origin of [
      "http://acme.example",
      "http://localhost.example",
      "http://10.0.0.1",
      "ftp://localhost",
      "",
    ]) {
      assert.equal(isTrustworthyOrigin(origin), false, origin);
    }
  });

  it("discover once for any number of tokens, and again after a refusal", async (test) => {
    const server = await TokenServer.start(test);
    const clock = fastClock();
    const source = method(server.context({ clock }));
    await source.getToken();
    await source.getToken({ rejected: "token-1" });
    assert.deepEqual([server.requests.length, server.discoveries], [2, 1]);
    await pass(clock, 2_000);
    server.onToken = ({ count }) =>
      count === 3 ? refused("invalid_client", "client not found") : granted("last");
    await errorOf(source.getToken({ rejected: "token-2" }));
    assert.deepEqual([server.requests.length, server.discoveries], [3, 1]);
    await pass(clock, 2_000);
    assert.equal((await source.getToken({ rejected: "token-2" })).token, "last");
    assert.deepEqual([server.requests.length, server.discoveries], [4, 2]);
  });

  for (const [answer, expected] of [
    [plainText(404, "unable to set instance using origin &{x}: Instance not found"), "unknown_instance"],
    [{ body: "<html></html>" }, "bad_response"],
    [{ body: {} }, "bad_response"],
    [{ body: { issuer: "https://x.example" } }, "bad_response"],
    [{ body: { issuer: "https://x.example", token_endpoint: "not a URL" } }, "bad_response"],
    [{ body: { issuer: 7, token_endpoint: "https://x.example/t" } }, "bad_response"],
    [{ status: 301, headers: { location: "https://x.example" }, body: "" }, "redirected"],
  ] as [Answer, string][]) {
    it(`end with ${expected} if discovery answers ${JSON.stringify(answer).slice(0, 80)}`, async (test) => {
      const server = await TokenServer.start(test);
      server.onDiscovery = () => answer;
      const error = await errorOf(method(server.context()).getToken());
      assert.equal(error.code, expected);
      assert.match(error.message, /^Discovery request to http.*openid-configuration/);
      assert.equal(server.requests.length, 0);
    });
  }

  it("retry discovery like a token request", async (test) => {
    const server = await TokenServer.start(test);
    const good = server.onDiscovery;
    server.onDiscovery = (response) =>
      server.discoveries === 1 ? { status: 502, body: "" } : good(response);
    assert.equal((await method(server.context({ clock: fastClock() })).getToken()).token, "token-1");
  });
});
