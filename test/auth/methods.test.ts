import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { clientCredentials } from "../../src/auth/client-credentials.ts";
import { personalAccessToken } from "../../src/auth/personal-access-token.ts";
import { systemUser } from "../../src/auth/system-user.ts";
import { type TokenExchangeOptions, tokenExchange } from "../../src/auth/token-exchange/token-exchange.ts";
import type { TokenSource } from "../../src/auth/token-source.ts";
import { fastClock, pass, wrongClock } from "./support/clocks.ts";
import { readJwt } from "./support/jwt.ts";
import { pkcs1, rsaPair, temporaryDirectory } from "./support/keys.ts";
import { granted, refused, TokenServer } from "./support/token-server.ts";

/** Runs a source like an authentication interceptor; `accepted` is the server. */
async function callOnce(source: TokenSource, accepted: (token: string) => boolean): Promise<string[]> {
  const { token } = await source.getToken();
  if (accepted(token)) return [token];
  const next = (await source.getToken({ rejected: token })).token;
  return next === token ? [token] : [token, next];
}

describe("clientCredentials()", () => {
  it("sends id and secret by HTTP Basic, both form-urlencoded", async (test) => {
    const server = await TokenServer.start(test);
    await clientCredentials({ clientId: "ci bot@acme", clientSecret: "a:b+c%ü" })(
      server.context(),
    ).getToken();
    const [scheme, encoded = ""] = server.last.headers.authorization?.split(" ") ?? [];
    assert.equal(scheme, "Basic");
    assert.equal(Buffer.from(encoded, "base64").toString(), "ci+bot%40acme:a%3Ab%2Bc%25%C3%BC");
    assert.deepEqual([...server.last.form.keys()], ["grant_type", "scope"]);
    assert.equal(server.last.form.get("grant_type"), "client_credentials");
  });

  for (const form of ["function", "file"] as const) {
    it(`accepts the secret as ${form}`, async (test) => {
      const server = await TokenServer.start(test);
      const clientSecretFile = join(temporaryDirectory(test), "secret");
      writeFileSync(clientSecretFile, "s3cret\n");
      const options = form === "file" ? { clientSecretFile } : { clientSecret: async () => "s3cret" };
      await clientCredentials({ clientId: "ci-bot", ...options })(server.context()).getToken();
      const [, encoded = ""] = server.last.headers.authorization?.split(" ") ?? [];
      assert.equal(Buffer.from(encoded, "base64").toString(), "ci-bot:s3cret");
    });
  }
});

describe("personalAccessToken()", () => {
  it("makes no request", async (test) => {
    const server = await TokenServer.start(test);
    const source = personalAccessToken({ token: "pat" })(server.context());
    assert.deepEqual(await source.getToken(), { token: "pat" });
    assert.equal(server.discoveries + server.requests.length, 0);
  });

  it("replays a 401 once, and only with a different token, so never with a personal access token", async (test) => {
    const server = await TokenServer.start(test);
    const pat = personalAccessToken({ token: "pat" })(server.context());
    assert.deepEqual(await callOnce(pat, () => false), ["pat"]);
    const exchanged = clientCredentials({ clientId: "ci-bot", clientSecret: "s3cret" })(server.context());
    assert.deepEqual(await callOnce(exchanged, (token) => token !== "token-1"), ["token-1", "token-2"]);
    assert.deepEqual(await callOnce(exchanged, () => true), ["token-2"]);
  });

  it("ends the wait of a caller that has aborted", async (test) => {
    const server = await TokenServer.start(test);
    const source = personalAccessToken({ token: "pat" })(server.context());
    await assert.rejects(source.getToken({ signal: AbortSignal.abort(new Error("gone")) }), /gone/);
  });

  it("calls a function once, and again when its token is rejected", async (test) => {
    const server = await TokenServer.start(test);
    let calls = 0;
    const source = personalAccessToken({ token: async () => `pat-${++calls}` })(server.context());
    const tokens = await Promise.all([source.getToken(), source.getToken()]);
    assert.deepEqual([tokens[0].token, tokens[1].token], ["pat-1", "pat-1"]);
    assert.equal((await source.getToken({ rejected: "pat-1" })).token, "pat-2");
  });
});

describe("systemUser()", () => {
  const key = pkcs1(rsaPair());

  it("signs its own bearer token for the server's external origin", async (test) => {
    const server = await TokenServer.start(test);
    const { token, expiresAt = 0 } = await systemUser({ userId: "ops", key })(server.context()).getToken();
    const { claims } = readJwt(token, rsaPair().publicKey);
    assert.deepEqual([claims.iss, claims.sub, claims.aud], ["ops", "ops", server.origin]);
    assert.ok(claims.iat < Date.now() / 1_000 - 10);
    assert.ok(Math.abs(claims.exp * 1_000 - expiresAt) <= 1_000);
    assert.equal(server.discoveries + server.requests.length, 0);
  });

  it("accepts another audience, and the key in a file", async (test) => {
    const server = await TokenServer.start(test);
    const keyFile = join(temporaryDirectory(test), "key.pem");
    writeFileSync(keyFile, key);
    const audience = "https://zitadel.example";
    const { token } = await systemUser({ userId: "ops", keyFile, audience })(server.context()).getToken();
    assert.equal(readJwt(token, rsaPair().publicKey).claims.aud, audience);
  });

  it("signs once for many callers", async (test) => {
    const server = await TokenServer.start(test);
    const source = systemUser({ userId: "ops", key })(server.context());
    const tokens = await Promise.all(Array.from({ length: 100 }, () => source.getToken()));
    assert.equal(new Set(tokens.map(({ token }) => token)).size, 1);
  });

  it("adjusts to the server's time when its bearer token is refused", async (test) => {
    const server = await TokenServer.start(test);
    const clock = wrongClock(600_000);
    const source = systemUser({ userId: "ops", key })(server.context({ clock }));
    const first = await source.getToken();
    const { token, expiresAt = 0 } = await source.getToken({ rejected: first.token });
    const { claims } = readJwt(token, rsaPair().publicKey);
    assert.ok(claims.iat <= Date.now() / 1_000 && claims.iat > Date.now() / 1_000 - 60);
    assert.ok(expiresAt > clock.now() + 500_000 && expiresAt < clock.now() + 601_000);
  });
});

describe("tokenExchange()", () => {
  const secretClient = { clientId: "app", clientSecret: "s3cret" };
  const applicationKey = { type: "application", keyId: "k", key: pkcs1(rsaPair()), clientId: "app" } as const;

  it("impersonates a user by id, with the actor's current token, which has the client's project as an audience", async (test) => {
    const server = await TokenServer.start(test);
    const actor = clientCredentials({ clientId: "bot", clientSecret: "s3cret" });
    const client = { ...secretClient, projectId: "7" };
    const method = tokenExchange({ client, subject: { userId: "42" }, actor });
    assert.equal((await method(server.context()).getToken()).token, "token-2");
    assert.equal(
      server.requests[0]?.form.get("scope"),
      "openid urn:zitadel:iam:org:project:id:zitadel:aud urn:zitadel:iam:org:project:id:7:aud",
    );
    assert.deepEqual(Object.fromEntries(server.last.form), {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      subject_token: "42",
      subject_token_type: "urn:zitadel:params:oauth:token-type:user_id",
      actor_token: "token-1",
      actor_token_type: "urn:ietf:params:oauth:token-type:access_token",
    });
    assert.match(server.last.headers.authorization ?? "", /^Basic /);
  });

  it("inherits scopes and audiences, or requests those that are set", async (test) => {
    const server = await TokenServer.start(test);
    const subject = { accessToken: "subject" };
    await tokenExchange({ client: secretClient, subject })(server.context()).getToken();
    assert.deepEqual([server.last.form.has("scope"), server.last.form.has("audience")], [false, false]);
    const narrow = { scopes: ["openid", "email"], audience: ["7", "8"] };
    await tokenExchange({ client: secretClient, subject, ...narrow })(server.context()).getToken();
    assert.equal(server.last.form.get("scope"), "openid email");
    assert.deepEqual(server.last.form.getAll("audience"), ["7", "8"]);
  });

  for (const [error, description, status, hint] of [
    ["invalid_request", "subject_token invalid", 400, /project among its audiences/],
    ["invalid_request", "actor_token invalid", 400, /set client\.projectId/],
    ["invalid_request", "Errors.TokenExchange.Impersonation.PolicyDisabled", 403, /security settings/],
    ["invalid_request", "membership not found", 404, /ORG_END_USER_IMPERSONATOR/],
    ["invalid_request", "No matching permissions found", 403, /ORG_END_USER_IMPERSONATOR/],
    ["invalid_request", "The scope of your request is missing. Please", 400, /set scopes/],
    ["invalid_request", "who knows", 400, /the server's explanation/],
    ["invalid_scope", 'scope "x" not found in subject or actor token', 400, /Leave out scopes/],
    ["invalid_target", 'audience "x" not found in subject or actor token', 400, /Leave out audience/],
    [
      "unauthorized_client",
      "grant_type not allowed",
      400,
      /Token Exchange in the settings of the client "app"/,
    ],
    ["invalid_client", "invalid secret", 400, /the client "app" is an active OIDC application/],
  ] as const) {
    it(`has a hint for ${error}: ${description}`, async (test) => {
      const server = await TokenServer.start(test);
      server.onToken = () => refused(error, description, status);
      const method = tokenExchange({ client: secretClient, subject: { accessToken: "12345" } });
      await assert.rejects(method(server.context({ clock: fastClock() })).getToken(), { code: error, hint });
    });
  }

  it("authenticates the application by a key", async (test) => {
    const server = await TokenServer.start(test);
    const method = tokenExchange({
      client: { key: applicationKey },
      subject: { accessToken: async () => "subject" },
    });
    await method(server.context()).getToken();
    const { form, headers } = server.last;
    const { claims } = readJwt(form.get("client_assertion") ?? "", rsaPair().publicKey);
    assert.deepEqual([claims.iss, claims.sub, claims.aud], ["app", "app", server.origin]);
    assert.equal(form.get("client_assertion_type"), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert.equal(form.get("subject_token_type"), "urn:ietf:params:oauth:token-type:access_token");
    assert.equal(headers.authorization, undefined);
  });

  it("sends another actor token after a refusal", async (test) => {
    const server = await TokenServer.start(test);
    let revoked = "";
    server.onToken = ({ form, count }) => {
      const actor = form.get("actor_token");
      return actor !== null && actor === revoked
        ? refused("invalid_grant", "revoked")
        : granted(`token-${count}`);
    };
    const actor = clientCredentials({ clientId: "bot", clientSecret: "s3cret" });
    const options: TokenExchangeOptions = { client: secretClient, subject: { userId: "42" }, actor };
    const clock = fastClock();
    const source = tokenExchange(options)(server.context({ clock }));
    const { token } = await source.getToken();
    revoked = "token-1";
    await assert.rejects(source.getToken({ rejected: token }), { code: "invalid_grant" });
    await pass(clock, 2_000);
    assert.equal((await source.getToken({ rejected: token })).token, "token-5");
  });
});
