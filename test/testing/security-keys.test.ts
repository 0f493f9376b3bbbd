import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { Authenticator, type Deviation, type KeyAlgorithm } from "./support/authenticator.ts";
import { callJson } from "./support/json-call.ts";

const RP = "app.example.test";
const USERS = "user.v2.UserService";
const SESSIONS = "session.v2.SessionService";

describe("security keys", () => {
  let emulator: Emulator;
  let count = 0;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  async function call(rpc: string, request: JsonObject): Promise<JsonObject> {
    const { body } = await callJson(emulator.url, emulator.serviceUser.token, rpc, request);
    return body as JsonObject;
  }

  async function createUser(): Promise<string> {
    count += 1;
    const human = {
      profile: { givenName: "Ada", familyName: "Lovelace" },
      email: { email: "ada@example.test", isVerified: true },
      password: { password: "Password1!" },
    };
    const { organizationId } = emulator.serviceUser;
    const username = `ada-${count}`;
    return String((await call(`${USERS}/CreateUser`, { organizationId, username, human }))["id"]);
  }

  /** Registers a key. Returns the response of the last request. */
  async function register(
    userId: string,
    key: Authenticator,
    kind: "Passkey" | "U2F",
    deviation?: Deviation,
  ): Promise<JsonObject> {
    const started = await call(`${USERS}/Register${kind}`, { userId, domain: RP });
    const options = started["publicKeyCredentialCreationOptions"] as JsonObject;
    const publicKeyCredential = key.register(options, deviation);
    const names =
      kind === "U2F"
        ? { u2fId: String(started["u2fId"]), tokenName: "key" }
        : { passkeyId: String(started["passkeyId"]), passkeyName: "key" };
    return await call(`${USERS}/Verify${kind}Registration`, { userId, ...names, publicKeyCredential });
  }

  /** Requests a challenge in a new session of the user, and signs it. Returns the response. */
  async function signIn(
    userId: string,
    key: Authenticator,
    verification: "REQUIRED" | "DISCOURAGED",
    deviation?: Deviation,
  ): Promise<JsonObject & { sessionId: string }> {
    const userVerificationRequirement = `USER_VERIFICATION_REQUIREMENT_${verification}`;
    const started = await call(`${SESSIONS}/CreateSession`, {
      checks: { user: { userId } },
      challenges: { webAuthN: { domain: RP, userVerificationRequirement } },
    });
    const { webAuthN } = started["challenges"] as { webAuthN: JsonObject };
    const options = webAuthN["publicKeyCredentialRequestOptions"] as JsonObject;
    const sessionId = String(started["sessionId"]);
    const credentialAssertionData = key.assert(options, deviation);
    const checks = { webAuthN: { credentialAssertionData } };
    return { ...(await call(`${SESSIONS}/SetSession`, { sessionId, checks })), sessionId };
  }

  for (const algorithm of ["ES256", "ES384", "ES512", "RS256", "EdDSA"] satisfies KeyAlgorithm[]) {
    it(`of ${algorithm} sign a user in, who can then call the API`, async () => {
      const [userId, key] = [await createUser(), new Authenticator(algorithm)];
      assert.equal((await register(userId, key, "Passkey"))["code"], undefined);
      const session = await signIn(userId, key, "REQUIRED");
      const { session: read } = await call(`${SESSIONS}/GetSession`, { sessionId: session.sessionId });
      const { webAuthN } = (read as { factors: { webAuthN: JsonObject } }).factors;
      assert.equal(webAuthN["userVerified"], true);
      const mine = await callJson(emulator.url, String(session["sessionToken"]), `${USERS}/GetUserByID`, {
        userId,
      });
      assert.equal(mine.status, 200);
    });
  }

  it("are listed with their names, by what they were registered for", async () => {
    const userId = await createUser();
    await register(userId, new Authenticator(), "Passkey");
    await register(userId, new Authenticator(), "U2F");
    const passkeys = await call(`${USERS}/ListPasskeys`, { userId });
    assert.deepEqual(
      (passkeys["result"] as JsonObject[]).map(({ name, state }) => ({ name, state })),
      [{ name: "key", state: "AUTH_FACTOR_STATE_READY" }],
    );
    const methods = await call(`${USERS}/ListAuthenticationMethodTypes`, { userId });
    assert.deepEqual(
      methods["authMethodTypes"],
      ["U2F", "PASSKEY", "PASSWORD"].map((name) => `AUTHENTICATION_METHOD_TYPE_${name}`),
    );
  });

  const badRegistrations: [what: string, deviation: Deviation][] = [
    ["of another challenge", { challenge: "b3RoZXI" }],
    ["for another relying party", { rpId: "evil.example.test" }],
    ["of the other ceremony", { type: "webauthn.get" }],
    ["without the user being there", { userPresent: false }],
    ["whose origin is none", { origin: "nowhere" }],
    ["that is signed by somebody else", { format: "packed", tamper: true }],
    ["in a form that nobody knows", { format: "unknown" }],
  ];
  for (const [what, deviation] of badRegistrations) {
    it(`refuse a registration ${what}`, async () => {
      const refused = await register(await createUser(), new Authenticator(), "Passkey", deviation);
      assert.equal(refused["message"], "Error on create credentials (WEBAU-3Vb9s)");
    });
  }

  it("accept a registration with self attestation", async () => {
    const registered = await register(await createUser(), new Authenticator(), "U2F", { format: "packed" });
    assert.equal(registered["code"], undefined);
  });

  const badAssertions: [what: string, deviation: Deviation][] = [
    ["of another challenge", { challenge: "b3RoZXI" }],
    ["for another relying party", { rpId: "evil.example.test" }],
    ["of the other ceremony", { type: "webauthn.create" }],
    ["without the user being there", { userPresent: false }],
    ["without the verification of the user that was asked for", { userVerified: false }],
    ["that was signed over something else", { tamper: true }],
    ["of another user", { userHandle: "1" }],
  ];
  for (const [what, deviation] of badAssertions) {
    it(`refuse an assertion ${what}`, async () => {
      const [userId, key] = [await createUser(), new Authenticator()];
      await register(userId, key, "Passkey");
      const refused = await signIn(userId, key, "REQUIRED", deviation);
      assert.equal(refused["message"], "Error on validate login credentials (WEBAU-3M9si)");
    });
  }

  it("refuse an assertion of a key that the user has not registered, and one that is replayed", async () => {
    const [userId, key] = [await createUser(), new Authenticator()];
    await register(userId, key, "Passkey");
    const foreign = await signIn(userId, new Authenticator(), "REQUIRED");
    assert.equal(foreign["message"], "Error on validate login credentials (WEBAU-3M9si)");
    const { sessionId } = await signIn(userId, key, "REQUIRED");
    const checks = { webAuthN: { credentialAssertionData: {} } };
    const again = await call(`${SESSIONS}/SetSession`, { sessionId, checks });
    assert.equal(again["message"], "Session without WebAuthN challenge (COMMAND-Ioqu5)");
  });

  it("of the second factor are not enough for a sign-in that verifies the user", async () => {
    const [userId, key] = [await createUser(), new Authenticator()];
    await register(userId, key, "U2F");
    const second = await signIn(userId, key, "DISCOURAGED", { userVerified: false });
    const { token } = { token: String(second["sessionToken"]) };
    const alone = await callJson(emulator.url, token, `${USERS}/GetUserByID`, { userId });
    assert.equal(alone.body["message"], "mfa required (AUTHZ-Kl3p0)");
    const refused = await call(`${SESSIONS}/CreateSession`, {
      checks: { user: { userId } },
      challenges: {
        webAuthN: { domain: RP, userVerificationRequirement: "USER_VERIFICATION_REQUIREMENT_REQUIRED" },
      },
    });
    assert.equal(refused["message"], "WebAuthN begin login failed (WEBAU-4G8sw)");
  });
});
