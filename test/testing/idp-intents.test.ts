import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { SignJWT } from "jose";
import { createZitadel, personalAccessToken } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { callJson } from "./support/json-call.ts";

const USER_INFO = {
  sub: "ext-42",
  id: 42,
  name: "Grace Hopper",
  given_name: "Grace",
  family_name: "Hopper",
  preferred_username: "grace",
  email: "grace@example.test",
  email_verified: true,
};

/** The requests to the token endpoint. */
interface Redeemed {
  readonly authorization: string;
  readonly form: URLSearchParams;
}

/** A provider of OAuth and OpenID Connect that knows one user, and refuses the code `bad`. */
async function startProvider(): Promise<{ url: string; redeemed: Redeemed[]; server: Server }> {
  const redeemed: Redeemed[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const send = (value: object, status = 200): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    const endpoints = { authorization_endpoint: `${url}/a`, token_endpoint: `${url}/t` };
    if (request.url !== "/t") {
      return request.url === "/u"
        ? send(USER_INFO, request.headers.authorization === "Bearer at" ? 200 : 401)
        : send({ issuer: url, ...endpoints, userinfo_endpoint: `${url}/u` });
    }
    const form = new URLSearchParams(body);
    redeemed.push({ authorization: request.headers.authorization ?? "", form });
    if (form.get("code") === "bad") return send({ error: "invalid_grant", error_description: "nope" }, 400);
    const idToken = await new SignJWT({ ...USER_INFO })
      .setProtectedHeader({ alg: "HS256" })
      .sign(Buffer.alloc(32));
    send({ access_token: "at", token_type: "Bearer", id_token: idToken });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, redeemed, server };
}

describe("intents to sign in with a provider", () => {
  let emulator: Emulator;
  let provider: Awaited<ReturnType<typeof startProvider>>;
  let ids: { oauth: string; oidc: string };
  before(async () => {
    [emulator, provider] = await Promise.all([startEmulator(), startProvider()]);
    const auth = personalAccessToken({ token: emulator.serviceUser.token });
    await using zitadel = createZitadel({ url: emulator.url, auth });
    const providerOptions = { isLinkingAllowed: true, isCreationAllowed: true };
    const client = { clientId: "c", clientSecret: "s", scopes: ["openid", "email"], providerOptions };
    const { url } = provider;
    const [oidc, oauth] = [
      await zitadel.admin.v1.addGenericOIDCProvider({ name: "oidc", issuer: url, ...client }),
      await zitadel.admin.v1.addGenericOAuthProvider({
        name: "oauth",
        authorizationEndpoint: `${url}/a`,
        tokenEndpoint: `${url}/t`,
        userEndpoint: `${url}/u`,
        idAttribute: "id",
        ...client,
      }),
    ];
    ids = { oauth: oauth.id, oidc: oidc.id };
  });
  after(async () => {
    await emulator.close();
    await new Promise((resolve) => provider.server.close(resolve));
  });

  async function call(rpc: string, request: JsonObject): Promise<JsonObject> {
    const { body } = await callJson(emulator.url, emulator.serviceUser.token, rpc, request);
    return body as JsonObject;
  }

  const start = async (idpId: string): Promise<URL> => {
    const urls = { successUrl: "https://example.test/ok?x=1", failureUrl: "https://example.test/no" };
    const { authUrl } = await call("user.v2.UserService/StartIdentityProviderIntent", { idpId, urls });
    return new URL(String(authUrl));
  };

  /** Returns from the provider, as a browser does. */
  async function comeBack(state: string, parameters: Readonly<Record<string, string>>): Promise<URL> {
    const query = new URLSearchParams({ state, ...parameters });
    const response = await fetch(`${emulator.url}/idps/callback?${query}`, { redirect: "manual" });
    assert.equal(response.status, 302);
    return new URL(response.headers.get("location") ?? "");
  }

  async function succeed(idpId: string): Promise<{ idpIntentId: string; idpIntentToken: string }> {
    const state = (await start(idpId)).searchParams.get("state") ?? "";
    const { searchParams } = await comeBack(state, { code: "good" });
    const [id, token] = [searchParams.get("id"), searchParams.get("token")];
    return { idpIntentId: id ?? "", idpIntentToken: token ?? "" };
  }

  async function createUser(username: string): Promise<string> {
    const human = {
      profile: { givenName: "Grace", familyName: "Hopper" },
      email: { email: "grace@example.test", isVerified: true },
    };
    const { organizationId } = emulator.serviceUser;
    return String((await call("user.v2.UserService/CreateUser", { organizationId, username, human }))["id"]);
  }

  it("redirect the browser to the provider, and fetch the user who has signed in there", async () => {
    const url = await start(ids.oidc);
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      client_id: "c",
      prompt: "select_account",
      redirect_uri: `${emulator.url}/idps/callback`,
      response_type: "code",
      scope: "openid email",
      state: url.searchParams.get("state"),
    });
    const location = await comeBack(url.searchParams.get("state") ?? "", { code: "good" });
    assert.deepEqual([...location.searchParams.keys()], ["id", "token", "x"]);
    const { authorization, form } = provider.redeemed.at(-1) ?? assert.fail();
    assert.equal(authorization, `Basic ${btoa("c:s")}`);
    assert.equal(form.get("redirect_uri"), `${emulator.url}/idps/callback`);
    const { searchParams } = location;
    const retrieved = await call("user.v2.UserService/RetrieveIdentityProviderIntent", {
      idpIntentId: searchParams.get("id"),
      idpIntentToken: searchParams.get("token"),
    });
    const { userId, userName, rawInformation } = retrieved["idpInformation"] as JsonObject;
    assert.deepEqual(
      { userId, userName, rawInformation },
      {
        userId: "ext-42",
        userName: "grace",
        rawInformation: USER_INFO,
      },
    );
    const { username, idpLinks } = retrieved["addHumanUser"] as JsonObject;
    assert.equal(username, "grace");
    assert.deepEqual(idpLinks, [{ idpId: ids.oidc, userId: "ext-42", userName: "grace" }]);
  });

  it("sign in the linked user, once", async () => {
    const userId = await createUser("linked");
    const idpIntent = await succeed(ids.oauth);
    const checks = { user: { userId }, idpIntent };
    const early = await call("session.v2.SessionService/CreateSession", { checks });
    assert.equal(early["message"], "Intent meant for another user (COMMAND-O8xk3w)");
    const idpLink = { idpId: ids.oauth, userId: "42", userName: "grace" };
    await call("user.v2.UserService/AddIDPLink", { userId, idpLink });
    const session = await call("session.v2.SessionService/CreateSession", { checks });
    const me = await callJson(
      emulator.url,
      String(session["sessionToken"]),
      "user.v2.UserService/GetUserByID",
      {
        userId,
      },
    );
    assert.equal(me.status, 200);
    const again = await call("session.v2.SessionService/CreateSession", { checks });
    assert.equal(again["message"], "Intent has not succeeded (COMMAND-Df4bw)");
    const state = (await start(ids.oauth)).searchParams.get("state") ?? "";
    assert.equal((await comeBack(state, { code: "good" })).searchParams.get("user"), userId);
  });

  it("redirect to the URL for failures, with the reason", async () => {
    const failures: [parameters: Record<string, string>, error: string, description: string][] = [
      [{ code: "bad" }, 'oauth2: "invalid_grant" "nope"', ""],
      [{ error: "access_denied", error_description: "no" }, "access_denied", "no"],
    ];
    for (const [parameters, error, description] of failures) {
      const state = (await start(ids.oidc)).searchParams.get("state") ?? "";
      const { origin, pathname, searchParams } = await comeBack(state, parameters);
      assert.equal(`${origin}${pathname}`, "https://example.test/no");
      assert.equal(searchParams.get("error"), error);
      assert.equal(searchParams.get("error_description"), description);
      const again = await comeBack(state, { code: "good" });
      assert.equal(again.searchParams.get("error"), "IDP-Sfrgs");
    }
  });

  it("are verified by their own token only", async () => {
    const [one, other] = [await succeed(ids.oidc), await succeed(ids.oidc)];
    const refused: [token: string, id: string][] = [
      [other.idpIntentToken, "CRYPTO-CRYPTO"],
      [Buffer.alloc(34).toString("base64url"), "CRYPTO-Sf4gt"],
      ["not a token", "CRYPTO-Swg31"],
    ];
    for (const [idpIntentToken, id] of refused) {
      const { message } = await call("user.v2.UserService/RetrieveIdentityProviderIntent", {
        ...one,
        idpIntentToken,
      });
      assert.equal(message, `Intent Token is invalid (${id})`);
    }
  });

  it("send a PKCE verifier with the code, where the provider requires that", async () => {
    const auth = personalAccessToken({ token: emulator.serviceUser.token });
    await using zitadel = createZitadel({ url: emulator.url, auth });
    const { id } = await zitadel.admin.v1.addGenericOIDCProvider({
      name: "pkce",
      issuer: provider.url,
      clientId: "c",
      clientSecret: "s",
      usePkce: true,
    });
    const url = await start(id);
    await comeBack(url.searchParams.get("state") ?? "", { code: "good" });
    const verifier = provider.redeemed.at(-1)?.form.get("code_verifier") ?? "";
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    assert.equal(url.searchParams.get("code_challenge"), challenge);
    assert.equal(url.searchParams.get("scope"), "openid profile email phone");
  });
});
