import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { State } from "../../gen/zitadel/webkey/v2/key_pb.js";
import { createZitadel, personalAccessToken, type Zitadel, ZitadelError } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { signAssertion } from "./support/assertion.ts";
import { send } from "./support/raw-http.ts";

/** Settings of the instance, which no recording contains, since they would change the server that it is made with. */
describe("the settings of an instance", () => {
  let emulator: Emulator;
  let zitadel: Zitadel;
  beforeEach(async () => {
    emulator = await startEmulator();
    const auth = personalAccessToken({ token: emulator.serviceUser.token });
    zitadel = createZitadel({ url: emulator.url, auth });
  });
  afterEach(async () => {
    await zitadel.close();
    await emulator.close();
  });

  const failsWith = async (call: Promise<unknown>, code: Code, id: string): Promise<void> => {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof ZitadelError);
      assert.deepEqual([error.code, error.id], [code, id]);
      return true;
    });
  };

  const publishedKeys = async (): Promise<(string | undefined)[]> => {
    const response = await fetch(`${emulator.url}/oauth/v2/keys`);
    const { keys } = (await response.json()) as { keys: { kid?: string; alg?: string }[] };
    return keys.map(({ kid, alg }) => `${kid} ${alg}`);
  };

  /** The header of an ID token, which every grant returns. */
  const signedWith = async (): Promise<{ kid: string; alg: string }> => {
    const { clientId, clientSecret } = emulator.serviceUser;
    const response = await fetch(`${emulator.url}/oauth/v2/token`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "openid" }),
    });
    const { id_token: token = "" } = (await response.json()) as { id_token?: string };
    const [header = ""] = token.split(".");
    return JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string; alg: string };
  };

  it("determine length, alphabet and lifetime of generated codes and secrets", async () => {
    let now = Date.now();
    await using own = await startEmulator({ clock: { now: () => now } });
    const auth = personalAccessToken({ token: own.serviceUser.token });
    await using client = createZitadel({ url: own.url, auth });
    const { user, admin } = client;
    const { userId } = await user.v2.addHumanUser({
      profile: { givenName: "Ada", familyName: "Lovelace" },
      email: { email: "ada@example.test", verification: { case: "isVerified", value: true } },
    });
    const reset = async (): Promise<string> => {
      const request = { userId, medium: { case: "returnCode", value: {} } } as const;
      return (await user.v2.passwordReset(request)).verificationCode ?? "";
    };
    assert.match(await reset(), /^[A-Z\d]{6}$/);
    await admin.v1.updateSecretGenerator({
      generatorType: "SECRET_GENERATOR_TYPE_PASSWORD_RESET_CODE",
      length: 20,
      expiry: { seconds: 60n },
      includeLowerLetters: true,
    });
    const verificationCode = await reset();
    assert.match(verificationCode, /^[a-z]{20}$/);
    now += 61_000;
    const password = { password: "Secret1234!" };
    const verification = { case: "verificationCode", value: verificationCode } as const;
    const late = user.v2.setPassword({ userId, newPassword: password, verification });
    await failsWith(late, Code.FailedPrecondition, "CODE-QvUQ4P");
  });

  it("include web keys that sign once they are active, verify while they exist, and can be deleted when they are inactive", async () => {
    const { webkey } = zitadel;
    const before = await signedWith();
    const next = (await webkey.v2.listWebKeys({})).webKeys.find(({ state }) => state === State.INITIAL);
    await webkey.v2.deleteWebKey({ id: next?.id ?? "" });
    const { id } = await webkey.v2.createWebKey({
      key: { case: "ecdsa", value: { curve: "ECDSA_CURVE_P384" } },
    });
    assert.deepEqual(await publishedKeys(), [`${before.kid} RS256`, `${id} ES384`]);
    assert.equal((await signedWith()).kid, before.kid);

    await webkey.v2beta.activateWebKey({ id });
    assert.deepEqual(await signedWith(), { alg: "ES384", kid: id, typ: "JWT" });
    const { webKeys } = await webkey.v2.listWebKeys({});
    assert.deepEqual(
      webKeys.map((one) => [one.id, one.state, one.key.case]),
      [
        [before.kid, State.INACTIVE, "rsa"],
        [id, State.ACTIVE, "ecdsa"],
      ],
    );
    await failsWith(webkey.v2.deleteWebKey({ id }), Code.FailedPrecondition, "COMMAND-Chai1");
    await failsWith(webkey.v2.activateWebKey({ id: "1" }), Code.NotFound, "COMMAND-teiG3");
    assert.ok((await webkey.v2.deleteWebKey({ id: before.kid })).deletionDate);
    assert.ok(
      (await webkey.v2.deleteWebKey({ id: before.kid })).deletionDate,
      "it is gone, which is not an error",
    );
    assert.equal((await webkey.v2.deleteWebKey({ id: "1" })).deletionDate, undefined);
    assert.deepEqual(await publishedKeys(), [`${id} ES384`]);
  });

  it("let trusted domains call the instance, while only the system may add custom ones", async () => {
    const statusFor = async (headers: Record<string, string>): Promise<number> => {
      const path = "/.well-known/openid-configuration";
      return (await send(emulator.url, { httpVersion: "1.1", method: "GET", path, headers })).status;
    };
    const { instanceId } = await ownInstance();
    const trusted = { "x-zitadel-public-host": "login.example.test" };
    const custom = { "x-zitadel-instance-host": "custom.example.test" };
    assert.deepEqual([await statusFor(trusted), await statusFor(custom)], [404, 404]);
    const { v2beta } = zitadel.instance;
    await v2beta.addTrustedDomain({ instanceId, domain: "login.example.test" });
    assert.deepEqual([await statusFor(trusted), await statusFor(custom)], [200, 404]);
    await failsWith(
      v2beta.addCustomDomain({ instanceId, domain: "custom.example.test" }),
      Code.PermissionDenied,
      "AUTH-5mWD2",
    );
  });

  it("include custom domains from when the system adds them until it removes them", async () => {
    const { publicKey, privateKey: key } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    await using known = await startEmulator({ systemUsers: [{ name: "operator", publicKey }] });
    const keyFile = JSON.stringify({ keyId: "any", key, userId: "operator" });
    const token = await signAssertion(keyFile, known.url);
    await using operator = createZitadel({ url: known.url, auth: personalAccessToken({ token }) });
    const { v1 } = operator.system;
    const { result } = await v1.listInstances({});
    const instanceId = result[0]?.id ?? "";
    const domain = "custom.example.test";
    const isKnown = async (): Promise<boolean> => {
      const headers = { "x-zitadel-instance-host": domain };
      const path = "/.well-known/openid-configuration";
      return (await send(known.url, { httpVersion: "1.1", method: "GET", path, headers })).status === 200;
    };
    assert.equal(await isKnown(), false);
    await v1.addDomain({ instanceId, domain });
    await failsWith(v1.addDomain({ instanceId, domain }), Code.AlreadyExists, "INST-i2nl");
    assert.equal(await isKnown(), true);
    await v1.setPrimaryDomain({ instanceId, domain });
    const { result: domains } = await v1.listDomains({ instanceId });
    assert.deepEqual(
      domains.filter(({ primary }) => primary).map((one) => one.domain),
      [domain],
    );
    await v1.removeDomain({ instanceId, domain });
    await failsWith(v1.removeDomain({ instanceId, domain }), Code.NotFound, "INSTANCE-8ls9f");
    assert.deepEqual([await isKnown(), (await v1.existsDomain({ domain })).exists], [false, false]);
  });

  const ownInstance = async (): Promise<{ instanceId: string }> => {
    const { instance } = await zitadel.admin.v1.getMyInstance();
    return { instanceId: instance?.id ?? "" };
  };

  it("include features, which override the system's until they are reset", async () => {
    const { v2 } = zitadel.feature;
    const flags = async () => {
      const { userSchema, loginDefaultOrg } = await v2.getInstanceFeatures({});
      return [userSchema?.enabled, userSchema?.source, loginDefaultOrg?.enabled];
    };
    assert.deepEqual(await flags(), [false, 0, true]);
    await v2.setInstanceFeatures({ userSchema: true });
    assert.deepEqual(await flags(), [true, 3, true]);
    const { details } = await v2.setInstanceFeatures({ userSchema: true });
    assert.equal(details?.sequence, 4n);
    await failsWith(v2.setInstanceFeatures({}), Code.InvalidArgument, "COMMAND-Vigh1");
    await v2.resetInstanceFeatures({});
    assert.deepEqual(await flags(), [false, 0, false]);
    await failsWith(v2.setSystemFeatures({ userSchema: true }), Code.PermissionDenied, "AUTH-5mWD2");
  });

  it("apply to organizations without their own, and may restrict languages", async () => {
    const { admin, settings } = zitadel;
    await admin.v1.updateLockoutPolicy({ maxPasswordAttempts: 2 });
    await failsWith(
      admin.v1.updateLockoutPolicy({ maxPasswordAttempts: 2 }),
      Code.FailedPrecondition,
      "INSTANCE-0psjF",
    );
    const lockout = await settings.v2.getLockoutSettings({});
    assert.equal(lockout.settings?.maxPasswordAttempts, 2n);
    await admin.v1.setRestrictions({ allowedLanguages: { list: ["en", "de"] } });
    await failsWith(admin.v1.setDefaultLanguage({ language: "fr" }), Code.FailedPrecondition, "LANG-2M9fs");
    await admin.v1.setDefaultLanguage({ language: "de" });
    assert.equal((await settings.v2.getGeneralSettings({})).defaultLanguage, "de");
    await failsWith(
      admin.v1.setRestrictions({ allowedLanguages: { list: ["en"] } }),
      Code.FailedPrecondition,
      "COMMAND-L0m2u",
    );
  });

  it("are recorded as events, by the server's names", async () => {
    const { admin, webkey } = zitadel;
    const from = new Date(Date.now() - 1);
    await admin.v1.updatePasswordAgePolicy({ maxAgeDays: 30 });
    await admin.v1.updateLabelPolicy({ primaryColor: "#112233" });
    await admin.v1.activateLabelPolicy({});
    const { id } = await webkey.v2.createWebKey({});
    await webkey.v2.activateWebKey({ id });
    const { events } = await admin.v1.listEvents({
      asc: true,
      creationDateFilter: { case: "from", value: from },
      aggregateTypes: ["instance", "web_key"],
    });
    const types = events.map(({ type }) => type?.type).filter((type) => !/member|domain/.test(type ?? ""));
    assert.deepEqual(types.slice(-6), [
      "instance.policy.password.age.changed",
      "instance.policy.label.changed",
      "instance.policy.label.activated",
      "web_key.added",
      "web_key.activated",
      "web_key.deactivated",
    ]);
  });
});
