import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { decodeJwt, decodeProtectedHeader, type JWK, jwtVerify } from "jose";
import { type Application, type Emulator, type ServiceUser, startEmulator } from "../../src/testing/index.ts";
import { signAssertion } from "./support/assertion.ts";
import { askToken, callJson } from "./support/json-call.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ROLES = "urn:zitadel:iam:org:projects:roles";
const OWNER = "urn:zitadel:iam:user:resourceowner";

/** What every introspection of a machine's active token returns. */
const ALWAYS =
  "active amr aud auth_time client_id exp iat iss jti nbf scope sub token_type urn:zitadel:iam:org:project:roles";

describe("introspection and userinfo of the emulator", () => {
  let emulator: Emulator;
  let project: string;
  let other: string;
  let application: Application;
  let bot: ServiceUser;
  let jwtBot: ServiceUser;

  before(async () => {
    emulator = await startEmulator();
    ({ projectId: project } = emulator.createProject({ roles: ["reader", "writer"] }));
    ({ projectId: other } = emulator.createProject({ roles: ["foreign"] }));
    application = await emulator.createApplication({ projectId: project });
    bot = await emulator.createServiceUser({ username: "bot" });
    jwtBot = await emulator.createServiceUser({ username: "jwt-bot", accessTokenType: "jwt" });
    for (const { userId } of [bot, jwtBot]) {
      emulator.createAuthorization({ userId, projectId: project, roles: ["reader"] });
      emulator.createAuthorization({ userId, projectId: other, roles: ["foreign"] });
    }
  });
  after(() => emulator.close());

  const audience = (id = project) => `urn:zitadel:iam:org:project:id:${id}:aud`;
  const rolesClaim = (id = project) => `urn:zitadel:iam:org:project:${id}:roles`;
  const granted = (role: string) => ({ [role]: { [bot.organizationId]: "zitadel.localhost" } });
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
  });
  const byApplication = ({ clientId, clientSecret } = application) => basic(clientId, clientSecret);

  async function requestToken(user: ServiceUser, ...scopes: string[]): Promise<Record<string, string>> {
    const { clientId, clientSecret } = user;
    const form = { grant_type: "client_credentials", scope: ["openid", ...scopes].join(" ") };
    const { status, body } = await askToken(emulator.url, form, basic(clientId, clientSecret));
    assert.equal(status, 200);
    return body as Record<string, string>;
  }

  async function accessToken(user: ServiceUser, ...scopes: string[]): Promise<string> {
    return (await requestToken(user, ...scopes))["access_token"] ?? "";
  }

  async function introspect(form: Record<string, string>, headers: HeadersInit = byApplication()) {
    const body = new URLSearchParams(form);
    const response = await fetch(`${emulator.url}/oauth/v2/introspect`, { method: "POST", headers, body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async function userinfo(token: string) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${emulator.url}/oidc/v1/userinfo`, { headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it("returns the claims of the requested scopes, and always the roles in the application's project", async () => {
    const names = (body: object) => Object.keys(body).sort().join(" ");
    const bare = await introspect({ token: await accessToken(bot, audience()) });
    assert.equal(names(bare.body), `${ALWAYS} ${rolesClaim()}`.split(" ").sort().join(" "));
    assert.deepEqual(bare.body[rolesClaim()], granted("reader"));
    assert.deepEqual(bare.body["aud"], [project]);
    const rich = await introspect({
      token: await accessToken(bot, "profile", audience(), audience(other), ROLES, OWNER),
    });
    const more = "name preferred_username updated_at username";
    const owner = `${OWNER}:id ${OWNER}:name ${OWNER}:primary_domain`;
    assert.equal(names(rich.body), `${ALWAYS} ${more} ${rolesClaim()} ${owner}`.split(" ").sort().join(" "));
    assert.deepEqual(rich.body["aud"], [project, other]);
    assert.equal(rich.body["username"], "bot");
  });

  it("returns only `active: false` for inactive tokens, and for tokens of another application", async () => {
    const jwt = await requestToken(jwtBot, audience());
    const forOther = await accessToken(bot, audience(other));
    const forNone = await accessToken(bot);
    for (const token of ["garbage", jwt["id_token"] ?? "", forOther, forNone]) {
      assert.deepEqual(await introspect({ token }), { status: 200, body: { active: false } });
    }
    const token = await accessToken(bot, audience());
    assert.equal((await introspect({ token })).body["active"], true);
  });

  it("returns nothing for a token issued before its user was locked, even if the user is active again", async () => {
    const locked = await emulator.createServiceUser({ username: "locked" });
    const token = await accessToken(locked, audience());
    const admin = emulator.serviceUser.token;
    await callJson(emulator.url, admin, "user.v2.UserService/LockUser", { userId: locked.userId });
    await callJson(emulator.url, admin, "user.v2.UserService/UnlockUser", { userId: locked.userId });
    for (const old of [token, locked.token]) {
      assert.deepEqual((await introspect({ token: old })).body, { active: false });
      assert.equal((await userinfo(old)).status, 401);
    }
    const renewed = await accessToken(locked, audience());
    assert.equal((await introspect({ token: renewed })).body["active"], true);
  });

  it("accepts a personal access token from any application", async () => {
    const { body } = await introspect({ token: bot.token });
    assert.deepEqual(body["aud"], [application.clientId, project]);
    assert.equal(body["client_id"], undefined);
    assert.match(String(body["scope"]), /urn:zitadel:iam:org:project:role:writer$/);
    assert.deepEqual(body["urn:zitadel:iam:org:project:roles"], granted("reader"));
    const second = await emulator.createApplication({ projectId: other });
    const elsewhere = await introspect({ token: bot.token }, byApplication(second));
    assert.deepEqual(elsewhere.body["urn:zitadel:iam:org:project:roles"], granted("foreign"));
  });

  it("refuses applications like the server: with the same error for every reason", async () => {
    const token = await accessToken(bot, audience());
    const { clientId, clientSecret } = application;
    const assertion = await signAssertion(application.keyFile, emulator.url, {
      iss: clientId,
      sub: clientId,
    });
    const signed = { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion };
    const unreadable = { client_assertion_type: ASSERTION_TYPE, client_assertion: "a.b.c" };
    const refusals: [form: Record<string, string>, headers: HeadersInit, expected: object][] = [
      [{ token }, basic(clientId, "wrong"), { error: "unauthorized_client" }],
      [{ token: "garbage" }, basic("unknown", "x"), { error: "unauthorized_client" }],
      [{ token }, basic(bot.clientId, bot.clientSecret), { error: "unauthorized_client" }],
      [{}, byApplication(), { error: "invalid_request", error_description: "token missing" }],
      [
        { token },
        {},
        {
          error: "invalid_request",
          error_description: "client_id or client_assertion must be provided",
        },
      ],
      [
        { token, client_id: clientId },
        {},
        { error: "invalid_client", error_description: "client must be authenticated" },
      ],
      [
        { token, client_assertion: assertion },
        {},
        { error: "invalid_request", error_description: "invalid client_assertion_type " },
      ],
    ];
    for (const [form, headers, expected] of refusals) {
      assert.deepEqual(await introspect(form, headers), { status: 400, body: expected });
    }
    assert.deepEqual(await introspect({ token, ...unreadable }, {}), {
      status: 200,
      body: { active: false },
    });
    for (const good of [signed, { client_id: clientId, client_secret: clientSecret }]) {
      assert.equal((await introspect({ token, ...good }, {})).body["active"], true);
    }
  });

  it("issues JWTs to machines that are configured so: without scopes, with roles that were requested", async () => {
    const bare = decodeJwt(await accessToken(jwtBot, audience()));
    assert.deepEqual(Object.keys(bare).sort(), "aud client_id exp iat iss jti nbf sub".split(" "));
    assert.deepEqual([bare.aud, bare["client_id"]], [[project], "jwt-bot"]);
    const token = await accessToken(jwtBot, audience(), audience(other), ROLES);
    const { [rolesClaim()]: own, [rolesClaim(other)]: foreign, ...rest } = decodeJwt(token);
    assert.deepEqual([own, foreign], [granted("reader"), granted("foreign")]);
    assert.equal(rest["urn:zitadel:iam:org:project:roles"], undefined);
    assert.deepEqual(decodeJwt(await accessToken(jwtBot)).aud, ["jwt-bot"]);
    const idToken = (await requestToken(jwtBot, audience()))["id_token"] ?? "";
    assert.deepEqual(
      [decodeProtectedHeader(token).typ, decodeProtectedHeader(idToken).typ, decodeJwt(idToken).jti],
      ["JWT", "JWT", undefined],
    );
    assert.equal((await introspect({ token })).body["active"], true);
  });

  it("returns a user's claims to the bearer of the token", async () => {
    const bare = await userinfo(await accessToken(bot, audience()));
    assert.deepEqual(bare.body, { sub: bot.userId });
    const roles = await userinfo(await accessToken(bot, audience(), audience(other), ROLES));
    assert.deepEqual(Object.keys(roles.body), ["sub", rolesClaim(), rolesClaim(other)]);
    const refused = { error: "access_denied", error_description: "access token invalid" };
    assert.deepEqual(await userinfo("garbage"), { status: 401, body: refused });
    const none = await fetch(`${emulator.url}/oidc/v1/userinfo`);
    assert.deepEqual(
      [none.status, await none.json()],
      [401, { error: "invalid_request", error_description: "access token missing" }],
    );
  });

  it("signs with the active key, of each type, and publishes all keys", async () => {
    const first = await accessToken(jwtBot, audience());
    for (const algorithm of ["ES256", "ES384", "ES512", "EdDSA", "RS512"] as const) {
      await emulator.rotateWebKey(algorithm);
      const token = await accessToken(jwtBot, audience());
      const response = await fetch(`${emulator.url}/oauth/v2/keys`);
      const { keys } = (await response.json()) as { keys: JWK[] };
      for (const [jwt, alg] of [
        [token, algorithm],
        [first, "RS256"],
      ] as const) {
        const jwk = keys.find(({ kid }) => kid === decodeProtectedHeader(jwt).kid) ?? {};
        const key = createPublicKey({ key: jwk, format: "jwk" });
        assert.equal((await jwtVerify(jwt, key)).protectedHeader.alg, alg);
      }
    }
  });
});
