import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { type Emulator, type ServiceUser, startEmulator } from "../../src/testing/index.ts";
import { API_SCOPE } from "./exchanges.ts";
import { signAssertion } from "./support/assertion.ts";
import { askToken, callJson } from "./support/json-call.ts";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const LIST = "user.v2.UserService/ListUsers";
const HOUR_MS = 60 * 60 * 1000;

function clientCredentials({ clientId, clientSecret }: Pick<ServiceUser, "clientId" | "clientSecret">) {
  return {
    grant_type: "client_credentials",
    scope: API_SCOPE,
    client_id: clientId,
    client_secret: clientSecret,
  };
}

async function requestToken(emulator: Emulator, user: ServiceUser = emulator.serviceUser): Promise<string> {
  const { status, body } = await askToken(emulator.url, clientCredentials(user));
  assert.equal(status, 200);
  return String(body["access_token"]);
}

async function callStatus({ url }: Emulator, token: string): Promise<number> {
  return (await callJson(url, token, LIST)).status;
}

describe("Access tokens of the emulator", () => {
  it("expire by the emulator's clock", async () => {
    let now = Date.UTC(2030, 0, 1);
    await using emulator = await startEmulator({ clock: { now: () => now }, tokenLifetimeSeconds: 60 });
    const { body } = await askToken(emulator.url, clientCredentials(emulator.serviceUser));
    assert.equal(body["expires_in"], 60);
    const token = String(body["access_token"]);
    now += 59_999;
    assert.equal(await callStatus(emulator, token), 200);
    now += 1;
    const { status, id } = await callJson(emulator.url, token, LIST);
    assert.deepEqual([status, id], [401, "AUTH-7fs1e"]);
  });

  it("can all be revoked at once, except for personal access tokens", async () => {
    await using emulator = await startEmulator();
    const token = await requestToken(emulator);
    emulator.revokeTokens();
    assert.equal(await callStatus(emulator, token), 401);
    assert.equal(await callStatus(emulator, emulator.serviceUser.token), 200);
    assert.equal(await callStatus(emulator, await requestToken(emulator)), 200);
  });

  it("are refused while their user is deactivated, and so are the user's credentials", async () => {
    await using emulator = await startEmulator();
    const bot = await emulator.createServiceUser({ username: "bot" });
    const token = await requestToken(emulator, bot);
    await callJson(emulator.url, emulator.serviceUser.token, "user.v2.UserService/DeactivateUser", {
      userId: bot.userId,
    });
    assert.equal(await callStatus(emulator, token), 401);
    const { body } = await askToken(emulator.url, clientCredentials(bot));
    assert.deepEqual(body, { error: "invalid_request", error_description: "Errors.User.NotActive" });
  });

  it("come with a Date header by the emulator's clock, so that a client detects its skew", async () => {
    const now = Date.UTC(2030, 0, 1);
    await using emulator = await startEmulator({ clock: { now: () => now } });
    const { headers } = await fetch(`${emulator.url}/.well-known/openid-configuration`);
    assert.equal(headers.get("date"), "Tue, 01 Jan 2030 00:00:00 GMT");
  });

  it("are counted: the recorded requests show how often a client requested one, and with what", async () => {
    await using emulator = await startEmulator();
    const token = await requestToken(emulator);
    await callStatus(emulator, token);
    const asked = emulator.requests.filter(({ path }) => path === "/oauth/v2/token");
    assert.equal(asked.length, 1);
    assert.match(Buffer.from(asked[0]?.body ?? []).toString(), /grant_type=client_credentials/);
    assert.equal(emulator.requests.at(-1)?.headers.get("authorization"), `Bearer ${token}`);
    emulator.requests.length = 0;
    assert.equal(emulator.requests.length, 0);
  });
});

describe("Credentials of the emulator", () => {
  it("are issued in the format of Zitadel's key files, including PKCS#1", async () => {
    await using emulator = await startEmulator();
    const { type, keyId, key, expirationDate, userId, ...rest } = JSON.parse(emulator.serviceUser.keyFile);
    assert.deepEqual(
      { type, userId, rest },
      { type: "serviceaccount", userId: emulator.serviceUser.userId, rest: {} },
    );
    assert.match(key, /^-----BEGIN RSA PRIVATE KEY-----\n/);
    assert.match(keyId, /^\d{18}$/);
    assert.equal(expirationDate, "9999-12-31T23:59:59Z");
  });

  it("also authenticate if they were created through the API", async () => {
    await using emulator = await startEmulator();
    const { url, serviceUser } = emulator;
    const call = (rpc: string, request: object) =>
      callJson(url, serviceUser.token, `user.v2.UserService/${rpc}`, { ...request });
    const { userId, organizationId } = serviceUser;
    const created = await call("CreateUser", {
      organizationId,
      username: "new-bot",
      machine: { name: "New" },
    });
    const bot = String(created.body["id"]);
    const expirationDate = "2099-01-01T00:00:00Z";

    const secret = (await call("AddSecret", { userId: bot })).body["clientSecret"];
    const byName = clientCredentials({ clientId: "new-bot", clientSecret: String(secret) });
    assert.equal((await askToken(url, byName)).status, 200);

    const { keyId, keyContent } = (await call("AddKey", { userId: bot, expirationDate })).body;
    const keyFile = Buffer.from(String(keyContent), "base64").toString();
    const assertion = await signAssertion(keyFile, url);
    assert.equal((await askToken(url, { grant_type: JWT_BEARER, scope: API_SCOPE, assertion })).status, 200);

    const pat = (await call("AddPersonalAccessToken", { userId: bot, expirationDate })).body;
    assert.equal(await callStatus(emulator, String(pat["token"])), 200);

    await call("RemoveKey", { userId: bot, keyId: String(keyId) });
    assert.equal((await askToken(url, { grant_type: JWT_BEARER, scope: API_SCOPE, assertion })).status, 400);
    await call("RemovePersonalAccessToken", { userId: bot, tokenId: String(pat["tokenId"]) });
    assert.equal(await callStatus(emulator, String(pat["token"])), 401);
    assert.equal((await call("ListKeys", { filters: [{ userIdFilter: { id: userId } }] })).status, 200);
  });

  it("may be the user's own public keys, also on elliptic curves", async () => {
    await using emulator = await startEmulator();
    const { url, serviceUser } = emulator;
    const { publicKey, privateKey } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "sec1", format: "pem" },
    });
    const { userId } = serviceUser;
    const { body } = await callJson(url, serviceUser.token, "user.v2.UserService/AddKey", {
      userId,
      expirationDate: "2099-01-01T00:00:00Z",
      publicKey: Buffer.from(publicKey).toString("base64"),
    });
    assert.equal(body["keyContent"], undefined);
    const own = JSON.stringify({ keyId: body["keyId"], key: privateKey, userId });
    const assertion = await signAssertion(own, url, { alg: "ES256" });
    assert.equal((await askToken(url, { grant_type: JWT_BEARER, scope: API_SCOPE, assertion })).status, 200);
  });

  it("of a session can call the API until the session changes", async () => {
    await using emulator = await startEmulator();
    const { url, serviceUser } = emulator;
    const checks = {
      user: { loginName: "zitadel-admin@zitadel.localhost" },
      password: { password: "Password1!" },
    };
    const { body } = await callJson(url, serviceUser.token, "session.v2.SessionService/CreateSession", {
      checks,
    });
    const token = String(body["sessionToken"]);
    assert.equal(await callStatus(emulator, token), 200);
    const { sessionId } = body;
    await callJson(url, serviceUser.token, "session.v2.SessionService/SetSession", {
      sessionId: String(sessionId),
      lifetime: "60s",
    });
    assert.equal(await callStatus(emulator, token), 403);
  });

  it("of a system user are signed by the user", async () => {
    const { publicKey, privateKey: key } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    await using emulator = await startEmulator({ systemUsers: [{ name: "operator", publicKey }] });
    const keyFile = JSON.stringify({ keyId: "any", key, userId: "operator" });
    const call = async (issuer: string, changes = {}) => {
      const token = await signAssertion(keyFile, issuer, changes);
      // gRPC-web, since there is no Connect for the system service.
      const response = await fetch(`${emulator.url}/zitadel.system.v1.SystemService/ListInstances`, {
        method: "POST",
        headers: { "content-type": "application/grpc-web+proto", authorization: `Bearer ${token}` },
        body: new Uint8Array(5),
      });
      return response.headers.get("grpc-status") ?? "0";
    };
    assert.equal(await call(emulator.url), "0");
    assert.equal(await call("https://other.example"), "16");
    assert.equal(await call(emulator.url, { iat: -3700 }), "16");
    assert.equal(await call(emulator.url, { sub: "nobody", iss: "nobody" }), "16");
  });
});

describe("Token exchange in the emulator", () => {
  const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
  const ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";
  const USER_ID = "urn:zitadel:params:oauth:token-type:user_id";
  const NO_SCOPE = /^The scope of your request is missing/;

  /** An emulator with an application, and a function to exchange tokens with it. */
  async function start() {
    const emulator = await startEmulator();
    const { clientId, clientSecret, projectId } = await emulator.createApplication();
    const actor = await emulator.createServiceUser({
      username: "actor",
      roles: ["IAM_END_USER_IMPERSONATOR"],
    });
    await callJson(
      emulator.url,
      emulator.serviceUser.token,
      "settings.v2.SettingsService/SetSecuritySettings",
      {
        enableImpersonation: true,
      },
    );
    const client = { client_id: clientId, client_secret: clientSecret };
    const projectScope = `urn:zitadel:iam:org:project:id:${projectId}:aud`;
    return {
      emulator,
      actor,
      projectId,
      projectScope,
      exchange: (form: Record<string, string>) =>
        askToken(emulator.url, { grant_type: EXCHANGE, ...client, ...form }),
      /** A user's own token, with its ID token. */
      async signIn(user: ServiceUser, scope: string) {
        const { body } = await askToken(emulator.url, { ...clientCredentials(user), scope });
        return { accessToken: String(body["access_token"]), idToken: String(body["id_token"]) };
      },
      [Symbol.asyncDispose]: emulator.close,
    };
  }

  it("issues a token of the same user, which the API accepts if it accepted the original", async () => {
    await using setup = await start();
    const { emulator, exchange, projectId, projectScope } = setup;
    const { accessToken } = await setup.signIn(emulator.serviceUser, `${API_SCOPE} ${projectScope}`);
    const subject = { subject_token: accessToken, subject_token_type: ACCESS_TOKEN };
    const { status, body } = await exchange(subject);
    assert.equal(status, 200);
    assert.equal(body["issued_token_type"], ACCESS_TOKEN);
    assert.equal(body["scope"], `${API_SCOPE} ${projectScope}`);
    assert.equal(await callStatus(emulator, String(body["access_token"])), 200);
    const narrowed = await exchange({ ...subject, scope: "openid", audience: projectId });
    assert.equal(narrowed.body["scope"], "openid");
    assert.equal(await callStatus(emulator, String(narrowed.body["access_token"])), 401);
  });

  it("issues a token of the user that an actor names, which the API never accepts", async () => {
    await using setup = await start();
    const { emulator, exchange, projectScope } = setup;
    const bot = await emulator.createServiceUser({ username: "bot" });
    const { accessToken } = await setup.signIn(setup.actor, `${API_SCOPE} ${projectScope}`);
    const { status, body } = await exchange({
      subject_token: bot.userId,
      subject_token_type: USER_ID,
      actor_token: accessToken,
      actor_token_type: ACCESS_TOKEN,
    });
    assert.equal(status, 200);
    assert.equal(body["scope"], `${API_SCOPE} ${projectScope}`);
    const refused = await callJson(emulator.url, String(body["access_token"]), LIST);
    assert.deepEqual([refused.status, refused.id], [403, "APP-Shi0J"]);
  });

  it("accepts an ID token that contains the organization, with an actor", async () => {
    await using setup = await start();
    const { emulator, exchange } = setup;
    const actor = { actor_token: setup.actor.token, actor_token_type: ACCESS_TOKEN };
    for (const [scope, status] of [
      ["openid", 400],
      ["openid urn:zitadel:iam:user:resourceowner", 200],
    ] as const) {
      const { idToken } = await setup.signIn(emulator.serviceUser, scope);
      const subject = { subject_token: idToken, subject_token_type: ID_TOKEN };
      assert.equal((await exchange({ ...subject, ...actor })).status, status);
    }
  });

  it("refuses what the server refuses, with its messages", async () => {
    await using setup = await start();
    const { emulator, exchange, projectScope } = setup;
    const { serviceUser } = emulator;
    const meant = await setup.signIn(
      serviceUser,
      `openid ${projectScope} urn:zitadel:iam:user:resourceowner`,
    );
    const foreign = await setup.signIn(serviceUser, API_SCOPE);
    const user = { subject_token: serviceUser.userId, subject_token_type: USER_ID };
    const own = { subject_token: meant.accessToken, subject_token_type: ACCESS_TOKEN };
    const acting = await setup.signIn(setup.actor, `openid ${projectScope}`);
    const actor = { actor_token: acting.accessToken, actor_token_type: ACCESS_TOKEN };
    const rows: [form: Record<string, string>, error: string, words: string | RegExp][] = [
      [{ subject_token_type: ACCESS_TOKEN }, "invalid_request", "subject_token missing"],
      [{ subject_token: "x" }, "invalid_request", "subject_token_type missing"],
      [{ ...own, subject_token_type: "x" }, "invalid_request", "subject_token_type is not supported"],
      [{ ...own, subject_token: "x" }, "invalid_request", "subject_token invalid"],
      [{ ...own, subject_token: foreign.accessToken }, "invalid_request", "subject_token invalid"],
      [{ ...user, ...actor, subject_token: "x" }, "invalid_request", "subject_token invalid"],
      [user, "invalid_request", "actor_token invalid"],
      [{ ...user, ...actor, actor_token: foreign.accessToken }, "invalid_request", "actor_token invalid"],
      [{ ...user, ...actor, actor_token_type: USER_ID }, "invalid_request", "actor_token invalid"],
      [
        { ...own, scope: "openid email" },
        "invalid_scope",
        'scope "email" not found in subject or actor token',
      ],
      [
        { ...user, ...actor, scope: `openid ${API_SCOPE.split(" ")[1]}` },
        "invalid_scope",
        /^scope "urn:zitadel:iam:org:project:id:zitadel:aud" not found/,
      ],
      [{ ...own, audience: "x" }, "invalid_target", 'audience "x" not found in subject or actor token'],
      [{ subject_token: meant.idToken, subject_token_type: ID_TOKEN }, "invalid_request", NO_SCOPE],
    ];
    for (const [form, error, words] of rows) {
      const { status, body } = await exchange(form);
      assert.deepEqual([status, body["error"]], [400, error], JSON.stringify(body));
      assert.match(
        String(body["error_description"]),
        new RegExp(typeof words === "string" ? `^${words}$` : words),
      );
    }
    assert.equal((await exchange({ ...user, ...actor, scope: "openid email" })).status, 200);
    const pat = { subject_token: serviceUser.token, subject_token_type: ACCESS_TOKEN };
    assert.equal((await exchange(pat)).status, 200, "a personal access token needs no audience");
  });

  it("lets only users with the right role impersonate, and nobody where the instance forbids it", async () => {
    await using setup = await start();
    const { emulator, exchange } = setup;
    const bot = await emulator.createServiceUser({ username: "bot" });
    const user = { subject_token: bot.userId, subject_token_type: USER_ID, actor_token_type: ACCESS_TOKEN };
    const asOwner = await exchange({ ...user, actor_token: emulator.serviceUser.token, scope: "openid" });
    assert.deepEqual([asOwner.status, asOwner.body["error"]], [403, "invalid_request"]);
    const asNobody = await exchange({ ...user, actor_token: bot.token, scope: "openid" });
    assert.deepEqual([asNobody.status, asNobody.body["error_description"]], [404, "membership not found"]);
    await using plain = await startEmulator();
    const { clientId, clientSecret } = await plain.createApplication();
    const { userId, token } = plain.serviceUser;
    const refused = await askToken(plain.url, {
      ...user,
      grant_type: EXCHANGE,
      client_id: clientId,
      client_secret: clientSecret,
      subject_token: userId,
      actor_token: token,
    });
    const reason = "Errors.TokenExchange.Impersonation.PolicyDisabled";
    assert.deepEqual([refused.status, refused.body["error_description"]], [403, reason]);
  });

  it("is refused for service users, and without a valid client", async () => {
    await using emulator = await startEmulator();
    const { clientId, clientSecret, token } = emulator.serviceUser;
    const { clientId: app, keyFile } = await emulator.createApplication({ authMethod: "private_key_jwt" });
    const subject = { subject_token: token, subject_token_type: ACCESS_TOKEN };
    const ask = (client: Record<string, string>) =>
      askToken(emulator.url, { grant_type: EXCHANGE, ...subject, ...client });
    const asUser = await ask({ client_id: clientId, client_secret: clientSecret });
    assert.equal(asUser.body["error_description"], "no active client not found");
    const bySecret = await ask({ client_id: app, client_secret: "any" });
    assert.equal(bySecret.body["error_description"], "empty client assertion");
    const { key, keyId } = JSON.parse(keyFile);
    const own = JSON.stringify({ key, keyId, userId: app });
    const assertion = await signAssertion(own, emulator.url);
    const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    const signed = { client_assertion_type: type, client_assertion: assertion };
    assert.equal((await ask(signed)).status, 200);
  });
});

describe("Calls to the emulator", () => {
  it("need no token where the API's descriptors say so", async () => {
    await using emulator = await startEmulator();
    for (const service of ["admin", "auth", "management"]) {
      const response = await fetch(
        `${emulator.url}/zitadel.${service}.v1.${capital(service)}Service/Healthz`,
        {
          method: "POST",
          headers: { "content-type": "application/grpc-web+proto" },
          body: new Uint8Array(5),
        },
      );
      assert.equal(response.headers.get("grpc-status"), null, service);
    }
  });

  it("find their instance by the first header that names a host, in Zitadel's order", async () => {
    await using emulator = await startEmulator({ domains: ["zitadel.test"] });
    const issuer = async (headers: Record<string, string>) => {
      const response = await fetch(`${emulator.url}/.well-known/openid-configuration`, { headers });
      return response.ok ? String(((await response.json()) as { issuer: string }).issuer) : response.status;
    };
    const chain: [name: string, value: string][] = [
      ["x-forwarded-host", "e.example"],
      ["x-forwarded-for", "for=1.2.3.4;host=d.example"],
      ["x-zitadel-forwarded", "host=c.example"],
      ["forwarded", 'for=1.2.3.4;host="b.example"'],
      ["x-zitadel-instance-host", "a.example"],
    ];
    assert.equal(await issuer({}), emulator.url);
    for (const [i, [name, value]] of chain.entries()) {
      const unknown = Object.fromEntries(chain.slice(0, i + 1));
      assert.equal(await issuer(unknown), 404, `${name} counts`);
      const known = { ...unknown, [name]: value.replace(/\w+\.example/, "zitadel.test:8443") };
      assert.equal(await issuer(known), "http://zitadel.test:8443", `${name} wins`);
    }
    assert.equal(await issuer({ "x-zitadel-public-host": "zitadel.test" }), "http://zitadel.test");
    assert.equal(await issuer({ "x-zitadel-public-host": "other.example" }), 404);
  });

  it("act on the organization in their header", async () => {
    await using emulator = await startEmulator();
    const { url, serviceUser } = emulator;
    const added = await callJson(url, serviceUser.token, "org.v2.OrganizationService/AddOrganization", {
      name: "Acme",
    });
    const other = String(added.body["organizationId"]);
    const human = {
      profile: { givenName: "Ada", familyName: "Lovelace" },
      email: { email: "ada@acme.test" },
    };
    const response = await fetch(`${url}/zitadel.user.v2.UserService/AddHumanUser`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${serviceUser.token}`,
        "x-zitadel-orgid": other,
      },
      body: JSON.stringify(human),
    });
    const { details } = (await response.json()) as { details: { resourceOwner: string } };
    assert.equal(details.resourceOwner, other);
  });

  it("with an assertion of a stopped clock succeed if it is less than an hour old", async () => {
    let now = Date.UTC(2030, 0, 1);
    await using emulator = await startEmulator({ clock: { now: () => now } });
    const assertion = await signAssertion(
      emulator.serviceUser.keyFile,
      emulator.url,
      { iat: 0, exp: 7200 },
      now,
    );
    const ask = () => askToken(emulator.url, { grant_type: JWT_BEARER, scope: API_SCOPE, assertion });
    now += HOUR_MS;
    assert.equal((await ask()).status, 200);
    now += 1000;
    assert.equal((await ask()).status, 400);
  });
});

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
