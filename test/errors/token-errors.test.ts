import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, it } from "node:test";
import {
  AuthError,
  type AuthErrorCode,
  type AuthMethod,
  Code,
  cachedTokenSource,
  clientCredentials,
  createZitadel,
  personalAccessToken,
  privateKeyJwt,
  type ZitadelOptions,
} from "../../src/index.ts";
import {
  type Emulator,
  type HttpResponse,
  type ServiceUser,
  startEmulator,
} from "../../src/testing/index.ts";
import { failureOfCall } from "./support/failure-of-call.ts";
import { interceptPaths } from "./support/intercept-paths.ts";

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

describe("the error of a call without a token", () => {
  let emulator: Emulator;
  let user: ServiceUser;
  let inactive: ServiceUser;
  before(async () => {
    emulator = await startEmulator();
    user = emulator.serviceUser;
    inactive = await emulator.createServiceUser({ username: "inactive" });
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: user.token }),
    });
    await zitadel.user.v2.deactivateUser({ userId: inactive.userId });
  });
  after(() => emulator.close());

  const keyFile = (change: object = {}): AuthMethod =>
    privateKeyJwt({ key: JSON.stringify({ ...JSON.parse(user.keyFile), ...change }) });
  const makeResponse = (status: number, body: string, type = "application/json"): HttpResponse => ({
    status,
    headers: new Headers({ "content-type": type }),
    body,
  });
  const oauth = (status: number, error: string): HttpResponse =>
    makeResponse(status, JSON.stringify({ error }));

  const rows: readonly {
    readonly what: string;
    readonly code: AuthErrorCode;
    readonly hint: RegExp;
    readonly auth?: () => AuthMethod;
    readonly options?: ZitadelOptions;
    readonly response?: HttpResponse;
    readonly retryable?: boolean;
  }[] = [
    {
      what: "another user's key",
      code: "invalid_grant",
      hint: /key \d+ of \d+ still exists and has not expired .*, that the user is active/,
      auth: () => keyFile({ key: privateKey }),
    },
    {
      what: "an unknown key",
      code: "invalid_grant",
      hint: /key 12 of/,
      auth: () => keyFile({ keyId: "12" }),
    },
    {
      what: "an incomplete request",
      code: "invalid_request",
      hint: /Check the client secret/,
      response: oauth(400, "invalid_request"),
      auth: () => clientCredentials({ clientId: user.clientId, clientSecret: user.clientSecret }),
    },
    {
      what: "an unknown client",
      code: "invalid_client",
      hint: /it is the login name of the service user/,
      auth: () => clientCredentials({ clientId: "nobody", clientSecret: "hush" }),
    },
    {
      what: "a wrong secret",
      code: "invalid_request",
      hint: /Check the client secret/,
      auth: () => clientCredentials({ clientId: user.clientId, clientSecret: "hush" }),
    },
    {
      what: "an inactive user with a secret",
      code: "invalid_request",
      hint: /that the service user has one and is active/,
      auth: () => clientCredentials({ clientId: inactive.clientId, clientSecret: inactive.clientSecret }),
    },
    {
      what: "an inactive user with a key",
      code: "invalid_request",
      hint: /user is active/,
      auth: () => privateKeyJwt({ key: inactive.keyFile }),
    },
    {
      what: "a grant that the server does not offer",
      code: "unsupported_grant_type",
      hint: /does not offer the grant/,
      response: oauth(400, "unsupported_grant_type"),
    },
    {
      what: "a grant that the client may not use",
      code: "unauthorized_client",
      hint: /Allow this grant type/,
      response: oauth(400, "unauthorized_client"),
    },
    {
      what: "an error of the server",
      code: "server_error",
      hint: /see the server's log for details/,
      response: oauth(500, "server_error"),
      retryable: true,
    },
    {
      what: "an unknown host",
      code: "unknown_instance",
      hint: /set instanceHost/,
      options: { instanceHost: "other.example.com" },
    },
    {
      what: "a blocked instance",
      code: "instance_blocked",
      hint: /limits or its subscription/,
      response: makeResponse(429, "Your ZITADEL instance is blocked.", "text/plain"),
    },
    {
      what: "a server that is not a token endpoint",
      code: "bad_response",
      hint: /that no proxy responds in its place/,
      response: makeResponse(404, "<html>Welcome</html>", "text/html"),
    },
    {
      what: "a page in place of a token",
      code: "bad_response",
      hint: /that no proxy responds in its place/,
      response: makeResponse(200, "<html>Back soon</html>", "text/html"),
      retryable: true,
    },
  ];

  for (const { what, code, hint, auth, options, response, retryable } of rows) {
    it(`identifies ${what}`, async () => {
      const restore = interceptPaths(emulator, (path) => (path === "/oauth/v2/token" ? response : undefined));
      const error = await failureOfCall(emulator, {
        auth: auth?.() ?? keyFile(),
        // A temporary failure is retried until the deadline.
        ...(retryable === true ? { timeoutMs: 200 } : {}),
        ...options,
      });
      restore();
      assert.equal(error.origin, "authentication");
      assert.equal(error.code, retryable === true ? Code.DeadlineExceeded : Code.Unauthenticated);
      assert.ok(error.cause instanceof AuthError);
      assert.equal(error.cause.code, code);
      assert.match(error.hint, hint);
      assert.equal(error.message.split(error.hint).length, 2, "the hint is there once");
      assert.equal(error.retryable, retryable ?? false);
    });
  }

  it("says why a credential was refused, even if the deadline comes before the refusal is final", async () => {
    const auth = clientCredentials({ clientId: user.clientId, clientSecret: "hush" });
    const error = await failureOfCall(emulator, { auth, timeoutMs: 500 });
    assert.deepEqual([error.code, error.origin], [Code.DeadlineExceeded, "authentication"]);
    assert.match(error.hint, /Check the client secret/);
  });

  it("names a custom token source that fails", async () => {
    const auth = { getToken: () => Promise.reject(new Error("vault is sealed")) };
    const error = await failureOfCall(emulator, { auth });
    assert.deepEqual([error.origin, error.rawMessage], ["authentication", "vault is sealed"]);
    assert.match(error.hint, /Check your custom token source/);
  });

  it("mentions only the deadline if there was a token", async () => {
    const auth: AuthMethod = (context) => cachedTokenSource(context, async () => ({ token: user.token }));
    const restore = emulator.intercept(() => new Promise(() => {}));
    const error = await failureOfCall(emulator, { auth, timeoutMs: 50 });
    restore();
    assert.deepEqual(
      [error.code, error.origin, error.cause instanceof AuthError],
      [Code.DeadlineExceeded, "transport", false],
    );
  });
});
