import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { decodeJwt } from "jose";
import { createZitadel, personalAccessToken, type Zitadel } from "../../src/index.ts";
import { type Application, type Emulator, startEmulator } from "../../src/testing/index.ts";

const CALLBACK = "http://localhost:3000/callback";
const PASSWORD = "Password1!";
const VERIFIER = "a-verifier-of-forty-three-characters-or-more-1234";
const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";

describe("people sign in to an application of the emulator", () => {
  let now = Date.now();
  let emulator: Emulator;
  let zitadel: Zitadel;
  let application: Application;
  let userId: string;

  before(async () => {
    emulator = await startEmulator({ clock: { now: () => now } });
    application = await emulator.createApplication({ redirectUris: [CALLBACK] });
    const login = await emulator.createServiceUser({ username: "login", roles: ["IAM_LOGIN_CLIENT"] });
    zitadel = createZitadel({ url: emulator.url, auth: personalAccessToken(login) });
    await using owner = createZitadel({
      url: emulator.url,
      auth: personalAccessToken(emulator.serviceUser),
    });
    ({ userId } = await owner.user.v2.addHumanUser({
      username: "ada",
      profile: { givenName: "Ada", familyName: "Lovelace" },
      email: { email: "ada@example.test", verification: { case: "isVerified", value: true } },
      passwordType: { case: "password", value: { password: PASSWORD } },
    }));
  });
  after(async () => {
    await zitadel.close();
    await emulator.close();
  });

  const authorization = () =>
    `Basic ${Buffer.from(`${application.clientId}:${application.clientSecret}`).toString("base64")}`;

  async function post(path: string, form: Record<string, string>) {
    const response = await fetch(`${emulator.url}${path}`, {
      method: "POST",
      headers: { authorization: authorization() },
      body: new URLSearchParams(form),
    });
    const text = await response.text();
    const body: Record<string, unknown> = text === "" ? {} : JSON.parse(text);
    return { status: response.status, body };
  }

  const askToken = (form: Record<string, string>) => post("/oauth/v2/token", form);

  async function userinfo(accessToken: unknown) {
    const headers = { authorization: `Bearer ${accessToken}` };
    const response = await fetch(`${emulator.url}/oidc/v1/userinfo`, { headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** Opens the login; returns the id of the auth request. */
  async function authorize(parameters: Record<string, string> = {}): Promise<URL> {
    const query = new URLSearchParams({
      client_id: application.clientId,
      redirect_uri: CALLBACK,
      response_type: "code",
      scope: "openid profile offline_access",
      state: "the-state",
      nonce: "the-nonce",
      code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"),
      code_challenge_method: "S256",
      ...parameters,
    });
    const response = await fetch(`${emulator.url}/oauth/v2/authorize?${query}`, { redirect: "manual" });
    assert.equal(response.status, 302, await response.text());
    return new URL(response.headers.get("location") ?? "", emulator.url);
  }

  async function createSession() {
    return await zitadel.session.v2.createSession({
      checks: {
        user: { search: { case: "userId", value: userId } },
        password: { password: PASSWORD },
      },
    });
  }

  /** Signs in as the login does; returns the code. */
  async function signIn(parameters: Record<string, string> = {}) {
    const login = await authorize(parameters);
    assert.equal(login.pathname, "/ui/v2/login/login");
    const authRequestId = login.searchParams.get("authRequest") ?? "";
    const { sessionId, sessionToken } = await createSession();
    const { callbackUrl } = await zitadel.oidc.v2.createCallback({
      authRequestId,
      callbackKind: { case: "session", value: { sessionId, sessionToken } },
    });
    const url = new URL(callbackUrl);
    assert.equal(`${url.origin}${url.pathname}`, CALLBACK);
    assert.equal(url.searchParams.get("state"), "the-state");
    return { code: url.searchParams.get("code") ?? "", sessionId, authRequestId };
  }

  const codeForm = (code: string) => ({
    grant_type: "authorization_code",
    code,
    redirect_uri: CALLBACK,
    code_verifier: VERIFIER,
  });

  it("with a code and its verifier, which can be used once", async () => {
    const { code, sessionId, authRequestId } = await signIn();
    const wrong = await askToken({ ...codeForm(code), code_verifier: "another" });
    assert.deepEqual(wrong.body, { error: "invalid_grant", error_description: "invalid code_verifier" });
    const { status, body } = await askToken(codeForm(code));
    assert.equal(status, 200, JSON.stringify(body));
    const claims = decodeJwt(String(body["id_token"]));
    assert.equal(claims.sub, userId);
    assert.equal(claims["nonce"], "the-nonce");
    assert.equal(claims["sid"], sessionId);
    assert.deepEqual(claims["amr"], ["pwd"]);
    const half = createHash("sha256").update(String(body["access_token"])).digest().subarray(0, 16);
    assert.equal(claims["at_hash"], half.toString("base64url"));
    assert.equal((await userinfo(body["access_token"])).body["name"], "Ada Lovelace");
    const again = await askToken(codeForm(code));
    assert.equal(again.body["error_description"], "Errors.AuthRequest.NoCode");
    const { sessionToken } = await createSession();
    await assert.rejects(
      zitadel.oidc.v2.createCallback({
        authRequestId,
        callbackKind: { case: "session", value: { sessionId, sessionToken } },
      }),
      /COMMAND-Sx208nt/,
    );
  });

  it("with the URL of their avatar, which anybody can read", async () => {
    const { sessionToken } = await createSession();
    const body = new FormData();
    body.set("file", new Blob(["GIF89a"]));
    const headers = { authorization: `Bearer ${sessionToken}` };
    await fetch(`${emulator.url}/assets/v1/users/me/avatar`, { method: "POST", headers, body });
    const { access_token: token } = (await askToken(codeForm((await signIn()).code))).body;
    const picture = String((await userinfo(token)).body["picture"]);
    assert.equal(await (await fetch(picture)).text(), "GIF89a");
    const { user } = await zitadel.user.v2.getUserByID({ userId });
    assert.equal(user?.type.case === "human" && user.type.value.profile?.avatarUrl, picture);
  });

  it("and stay signed in with refresh tokens, each of which can be used once and revokes the previous access token", async () => {
    const { code } = await signIn();
    const first = (await askToken(codeForm(code))).body;
    const refresh = (text: unknown) => askToken({ grant_type: "refresh_token", refresh_token: String(text) });
    const second = (await refresh(first["refresh_token"])).body;
    assert.equal((await userinfo(first["access_token"])).status, 401);
    assert.equal((await userinfo(second["access_token"])).status, 200);
    assert.equal((await refresh(first["refresh_token"])).status, 400);
    now += 31 * 86_400_000;
    assert.equal(
      (await refresh(second["refresh_token"])).body["error_description"],
      "Errors.OIDCSession.RefreshTokenInvalid",
    );
  });

  it("until the application revokes a token, or signs the session out", async () => {
    const first = (await askToken(codeForm((await signIn()).code))).body;
    assert.deepEqual(await post("/oauth/v2/revoke", { token: String(first["access_token"]) }), {
      status: 200,
      body: {},
    });
    assert.equal((await userinfo(first["access_token"])).status, 401);
    const { code, sessionId } = await signIn();
    const second = (await askToken(codeForm(code))).body;
    const query = new URLSearchParams({ id_token_hint: String(second["id_token"]), state: "bye" });
    const response = await fetch(`${emulator.url}/oidc/v1/end_session?${query}`, { redirect: "manual" });
    assert.deepEqual([response.status, response.headers.get("location")], [302, "/logout/done?state=bye"]);
    assert.equal((await userinfo(second["access_token"])).status, 401);
    await assert.rejects(zitadel.session.v2.getSession({ sessionId }), /QUERY-SFeaa/);
  });

  it("on a device without a browser, once somebody has approved it", async () => {
    const start = async () =>
      (await post("/oauth/v2/device_authorization", { scope: "openid profile" })).body as Record<
        string,
        string
      >;
    const device = await start();
    const form = { grant_type: DEVICE_CODE, device_code: device["device_code"] ?? "" };
    assert.equal((await askToken(form)).body["error"], "authorization_pending");
    const userCode = device["user_code"] ?? "";
    assert.match(userCode, /^[A-Z]{4}-[A-Z]{4}$/);
    const { deviceAuthorizationRequest: request } = await zitadel.oidc.v2.getDeviceAuthorizationRequest({
      userCode,
    });
    assert.deepEqual(request?.scope, ["openid", "profile"]);
    const { sessionId, sessionToken } = await createSession();
    const deviceAuthorizationId = request?.id ?? "";
    await zitadel.oidc.v2.authorizeOrDenyDeviceAuthorization({
      deviceAuthorizationId,
      decision: { case: "session", value: { sessionId, sessionToken } },
    });
    const { body } = await askToken(form);
    assert.equal((await userinfo(body["access_token"])).body["sub"], userId);
    assert.equal((await askToken(form)).body["error"], "invalid_grant");
    const late = await start();
    now += 301_000;
    const expired = await askToken({ grant_type: DEVICE_CODE, device_code: late["device_code"] ?? "" });
    assert.equal(expired.body["error"], "expired_token");
  });

  it("unless something is wrong, which the page or the application reports", async () => {
    const query = (more: Record<string, string>) =>
      new URLSearchParams({
        client_id: application.clientId,
        scope: "openid",
        response_type: "code",
        ...more,
      });
    const ask = async (more: Record<string, string>) => {
      const response = await fetch(`${emulator.url}/oauth/v2/authorize?${query(more)}`, {
        redirect: "manual",
      });
      return `${response.status} ${((await response.json()) as { error: string }).error}`;
    };
    assert.equal(await ask({}), "500 server_error");
    assert.equal(await ask({ redirect_uri: "http://localhost:3000/other" }), "400 invalid_request");
    assert.equal(await ask({ redirect_uri: CALLBACK, response_type: "token" }), "400 unauthorized_client");
    const refused = await authorize({ scope: "openid urn:zitadel:iam:org:id:1" });
    assert.equal(
      refused.href,
      `${CALLBACK}?error=invalid_request&error_description=Errors.Org.NotFound&state=the-state`,
    );
    const login = await authorize();
    const { callbackUrl } = await zitadel.oidc.v2.createCallback({
      authRequestId: login.searchParams.get("authRequest") ?? "",
      callbackKind: { case: "error", value: { error: "ERROR_REASON_ACCESS_DENIED" } },
    });
    assert.equal(callbackUrl, `${CALLBACK}?error=access_denied&state=the-state`);
  });
});

describe("pages in a browser", () => {
  it("may send requests to the emulator from any origin, as to Zitadel", async () => {
    await using emulator = await startEmulator();
    const url = `${emulator.url}/zitadel.user.v2.UserService/ListUsers`;
    const origin = "https://page.example";
    const ask = async (headers: string) => {
      const preflight = {
        "access-control-request-method": "POST",
        "access-control-request-headers": headers,
      };
      const response = await fetch(url, { method: "OPTIONS", headers: { origin, ...preflight } });
      return [response.status, response.headers.get("access-control-allow-origin")];
    };
    assert.deepEqual(await ask("authorization, content-type"), [204, origin]);
    assert.deepEqual(await ask("authorization, x-unknown"), [204, null]);
    const response = await fetch(`${emulator.url}/oauth/v2/keys`, { headers: { origin } });
    assert.equal(response.headers.get("access-control-allow-origin"), origin);
  });
});
