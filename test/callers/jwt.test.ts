import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { exportJWK, type JWTPayload, SignJWT } from "jose";
import { createZitadel, privateKeyJwt } from "../../src/index.ts";
import { Fixture, OWNER_SCOPE, ROLES_SCOPE, refusal } from "./support/fixture.ts";

const KEYS = "/oauth/v2/keys";

describe("a JWT as a bearer token", () => {
  let fixture: Fixture;
  before(async () => {
    fixture = await Fixture.start();
  });
  after(() => fixture.emulator.close());

  it("identifies the caller: roles in the project of the service, organization, audience and expiry", async () => {
    const { jwtBot, projectId, clock } = fixture;
    await using verifier = fixture.local();
    const caller = await verifier.verify(await fixture.token(jwtBot, ROLES_SCOPE, OWNER_SCOPE));
    const { claims, ...told } = caller;
    assert.deepEqual(JSON.parse(JSON.stringify(told)), {
      subject: jwtBot.userId,
      clientId: "jwt-bot",
      audience: [projectId],
      scopes: [],
      roles: { reader: { [jwtBot.organizationId]: "zitadel.localhost" } },
      organization: { id: jwtBot.organizationId, name: "ZITADEL", primaryDomain: "zitadel.localhost" },
      expiresAt: clock.now() + 3_600_000,
      verifiedBy: "jwt",
    });
    assert.equal(claims["client_id"], "jwt-bot");
    assert.throws(() => Object.assign(caller.roles, { admin: {} }), TypeError);
  });

  it("is verified without a request once the keys are loaded, with each type of key that Zitadel has", async () => {
    const { emulator, clock, jwtBot } = fixture;
    await using verifier = fixture.local();
    for (const algorithm of ["ES256", "ES384", "ES512", "EdDSA", "RS384", "RS512", "RS256"] as const) {
      await emulator.rotateWebKey(algorithm);
      const token = await fixture.token(jwtBot);
      fixture.takeRequests(KEYS);
      await Promise.all(Array.from({ length: 5 }, () => verifier.verify(token)));
      assert.equal(fixture.takeRequests(KEYS), 1, "a new key is fetched once for all that wait");
      await verifier.verify(token);
      assert.equal(emulator.requests.length, 0);
      await clock.advance(10_000);
    }
  });

  it("is refused for another audience, even if it contains roles in the project", async () => {
    const { emulator, jwtBot } = fixture;
    await using verifier = fixture.local();
    const { projectId: other } = emulator.createProject();
    const { accessToken } = await fixture.tokens(jwtBot, `urn:zitadel:iam:org:project:id:${other}:aud`);
    await refusal(verifier.verify(accessToken), "wrong_audience");
    const { accessToken: bare } = await fixture.tokens(jwtBot);
    await refusal(verifier.verify(bare), "wrong_audience");
    await using forOther = fixture.local({ projectId: other });
    await refusal(forOther.verify(await fixture.token(jwtBot, ROLES_SCOPE)), "wrong_audience");
  });

  it("is refused if it is an ID token, even with the same issuer, audience and header", async () => {
    await using verifier = fixture.local();
    const { idToken } = await fixture.tokens(fixture.jwtBot, fixture.audienceScope);
    await refusal(verifier.verify(idToken), "not_access_token");
  });

  it("expires by the time of the instance, with a tolerance of five seconds", async () => {
    const { clock, jwtBot } = fixture;
    await using verifier = fixture.local();
    const token = await fixture.token(jwtBot);
    await verifier.verify(token);
    await clock.advance(3_600_000 + 4_000);
    await verifier.verify(token);
    await clock.advance(1_001);
    await refusal(verifier.verify(token), "expired");
  });

  it("is checked by the instance's clock if this machine's is wrong", async () => {
    const { monotonic, setTimer, random, now } = fixture.clock;
    const token = await fixture.token(fixture.jwtBot);
    for (const skewMs of [-86_400_000, 86_400_000]) {
      const clock = { monotonic, setTimer, random, now: () => now() + skewMs };
      await using verifier = fixture.local({ clock });
      assert.equal((await verifier.verify(token)).clientId, "jwt-bot");
    }
  });

  it("is distinguished from an opaque token, where only keys are configured", async () => {
    await using verifier = fixture.local();
    await refusal(verifier.verify(await fixture.token(fixture.bot)), "opaque_token");
    await refusal(verifier.verify(fixture.bot.token), "opaque_token");
  });

  it("is accepted from a client that requests tokens for the project", async () => {
    const { emulator, jwtBot, projectId, clock } = fixture;
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: (context) =>
        privateKeyJwt({ key: jwtBot.keyFile, projectIds: [projectId] })({ ...context, clock }),
    });
    const { token } = await zitadel.getAccessToken();
    await using verifier = fixture.local();
    assert.equal((await verifier.verify(token)).subject, jwtBot.userId);
  });
});

describe("a forged JWT", () => {
  const ours = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const theirs = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const curve = generateKeyPairSync("ed25519");
  let fixture: Fixture;
  before(async () => {
    fixture = await Fixture.start();
    const jwk = await exportJWK(ours.publicKey);
    const keys = [
      { ...jwk, kid: "known", use: "sig", alg: "RS256" },
      { ...(await exportJWK(curve.publicKey)), kid: "curve", use: "sig" },
      { ...jwk, kid: "short", n: "AQAB" },
      { kty: "EC", crv: "P-256", kid: "incomplete" },
    ];
    fixture.emulator.intercept(async ({ path }, next) => {
      const response = await next();
      return path === KEYS && response !== undefined
        ? { ...response, body: JSON.stringify({ keys }) }
        : response;
    });
  });
  after(() => fixture.emulator.close());

  const good = (): JWTPayload => {
    const seconds = Math.floor(fixture.clock.now() / 1_000);
    const times = { iat: seconds, nbf: seconds, exp: seconds + 600 };
    return { iss: fixture.emulator.url, sub: "1", aud: [fixture.projectId], jti: "V2_1-at_1", ...times };
  };
  const sign = (claims: JWTPayload, header: object = {}, key: KeyObject = ours.privateKey) =>
    new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "known", typ: "JWT", ...header }).sign(key);
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

  it("is refused for each manipulation, and accepted without any", async () => {
    await using verifier = fixture.local();
    await verifier.verify(await sign(good()));
    for (const typ of ["at+jwt", "application/at+jwt", "AT+JWT", "jwt", undefined]) {
      await verifier.verify(await sign(good(), { typ }));
    }
    for (const alg of ["EdDSA", "Ed25519"]) {
      await verifier.verify(await sign(good(), { alg, kid: "curve" }, curve.privateKey));
    }
    const seconds = Math.floor(fixture.clock.now() / 1_000);
    const { jti: _, ...noId } = good();
    const { exp: __, ...noEnd } = good();
    const { aud: ___, ...noAudience } = good();
    const { iss: ____, ...noIssuer } = good();
    await verifier.verify(await sign({ ...good(), iat: seconds + 5, nbf: seconds + 5, exp: seconds - 4 }));
    const forged = [
      ["bad_signature", await sign(good(), {}, theirs.privateKey)],
      ["unknown_key", await sign(good(), { kid: "unknown" })],
      ["unknown_key", await sign(good(), { kid: undefined })],
      ["wrong_issuer", await sign({ ...good(), iss: "https://evil.example" })],
      ["wrong_issuer", await sign(noIssuer)],
      ["wrong_issuer", await sign({ ...good(), iss: `${fixture.emulator.url}/` })],
      ["wrong_audience", await sign({ ...good(), aud: "other" })],
      ["wrong_audience", await sign(noAudience)],
      ["expired", await sign({ ...good(), exp: seconds - 6 })],
      ["not_access_token", await sign(noEnd)],
      ["not_access_token", await sign(noId)],
      ["not_access_token", await sign({ ...noId, exp: seconds - 60 })],
      ["not_access_token", await sign({ ...good(), events: { logout: {} } })],
      ["not_access_token", await sign(good(), { typ: "logout+jwt" })],
      ["not_access_token", await sign(good(), { typ: "at+jwt-other" })],
      ["not_yet_valid", await sign({ ...good(), nbf: seconds + 6 })],
      ["not_yet_valid", await sign({ ...good(), iat: seconds + 6 })],
    ] as const;
    for (const [code, token] of forged) {
      const error = await refusal(verifier.verify(token), code);
      assert.equal(error.status, 401);
      assert.equal(error.cause, undefined);
    }
  });

  it("is only accepted with Zitadel's asymmetric algorithms: neither none nor the public key as a secret", async () => {
    await using verifier = fixture.local();
    const pem = ours.publicKey.export({ type: "spki", format: "pem" });
    for (const alg of ["none", "None", "HS256", "HS384", "HS512", "PS256", "ES256K", ""]) {
      const input = `${encode({ alg, kid: "known", typ: "JWT" })}.${encode(good())}`;
      const mac = createHmac("sha256", pem).update(input).digest("base64url");
      for (const signature of ["", mac]) {
        await refusal(verifier.verify(`${input}.${signature}`), "bad_signature");
      }
    }
    const [, payload = "", signature = ""] = (await sign(good())).split(".");
    const swapped = `${encode({ alg: "RS512", kid: "known" })}.${payload}.${signature}`;
    await assert.rejects(verifier.verify(swapped));
  });

  it("is refused wherever it was changed", async () => {
    await using verifier = fixture.local();
    const token = await sign(good());
    const [header = "", , signature = ""] = token.split(".");
    const other = `${header}.${encode({ ...good(), sub: "2" })}.${signature}`;
    await refusal(verifier.verify(other), "bad_signature");
    const cut = token.slice(0, -4);
    await refusal(verifier.verify(cut), "bad_signature");
    await refusal(verifier.verify("e30.e30.e30"), "bad_signature");
    await refusal(verifier.verify("not.base64.json"), "bad_signature");
  });

  it("has no roles from the claim of another project's application", async () => {
    await using verifier = fixture.local();
    const admin = { admin: { "1": "acme.example" } };
    const token = await sign({
      ...good(),
      "urn:zitadel:iam:org:project:roles": admin,
      "urn:zitadel:iam:org:project:other:roles": admin,
    });
    const { roles } = await verifier.verify(token);
    assert.deepEqual(Object.keys(roles), []);
  });

  it("makes the service fetch keys at most every ten seconds", async () => {
    await using verifier = fixture.local();
    await verifier.verify(await sign(good()));
    fixture.takeRequests(KEYS);
    const flood = Array.from({ length: 50 }, async (_, index) =>
      refusal(verifier.verify(await sign(good(), { kid: `unknown-${index}` })), "unknown_key"),
    );
    await Promise.all(flood);
    assert.equal(fixture.takeRequests(KEYS), 0);
    await fixture.clock.advance(10_000);
    const again = Array.from({ length: 50 }, async (_, index) =>
      refusal(verifier.verify(await sign(good(), { kid: `unknown-${index}` })), "unknown_key"),
    );
    await Promise.all(again);
    assert.equal(fixture.takeRequests(KEYS), 1);
  });

  it("is not blamed for an unusable key of the instance", async () => {
    await using verifier = fixture.local();
    for (const [kid, alg] of [
      ["short", "RS256"],
      ["incomplete", "ES256"],
    ] as const) {
      const input = `${encode({ alg, kid })}.${encode(good())}`;
      const { cause } = await refusal(verifier.verify(`${input}.AAAA`), "unreachable");
      assert.match(String(cause), /A key of the instance cannot be used/);
    }
  });

  it("does not cause the keys to be fetched if its key is known", async () => {
    await using verifier = fixture.local();
    await verifier.verify(await sign(good()));
    await fixture.clock.advance(10_000);
    fixture.takeRequests(KEYS);
    await refusal(verifier.verify(await sign(good(), {}, theirs.privateKey)), "bad_signature");
    await refusal(verifier.verify(await sign({ ...good(), aud: "other" })), "wrong_audience");
    assert.equal(fixture.takeRequests(KEYS), 0);
  });
});

describe("the keys of the instance", () => {
  it("are fetched again in the background after five minutes, and used for an hour while the instance is down", async () => {
    const fixture = await Fixture.start();
    await using emulator = fixture.emulator;
    const { clock, jwtBot } = fixture;
    const verifier = fixture.local();
    const fresh = async (): Promise<string> => await fixture.token(jwtBot);
    const token = await fresh();
    await verifier.verify(token);
    assert.equal(fixture.takeRequests(KEYS), 1);
    await clock.advance(299_999);
    await verifier.verify(token);
    assert.equal(fixture.takeRequests(KEYS), 0);
    await clock.advance(1);
    await verifier.verify(token);
    while (emulator.requests.length === 0) await new Promise(setImmediate);
    await new Promise((resolve) => setImmediate(resolve));

    emulator.intercept(async ({ path }, next) =>
      path === KEYS ? { status: 503, headers: new Headers(), body: "away" } : await next(),
    );
    await clock.advance(3_000_000);
    const later = await fresh();
    await verifier.verify(later);
    await clock.advance(700_000);
    const error = await refusal(verifier.verify(await fresh()), "unreachable");
    assert.deepEqual([error.status, error.retryable], [503, true]);
    await verifier.close();
  });

  it("are awaited on a platform that ends work with the request, and the old ones are used if they cannot be fetched", async () => {
    const fixture = await Fixture.start();
    await using emulator = fixture.emulator;
    const { monotonic, setTimer, random, now } = fixture.clock;
    const clock = { monotonic, setTimer, random, now, requestBound: true };
    await using verifier = fixture.local({ clock });
    const token = await fixture.token(fixture.jwtBot);
    await verifier.verify(token);
    fixture.takeRequests(KEYS);
    await fixture.clock.advance(300_000);
    await verifier.verify(token);
    assert.equal(fixture.takeRequests(KEYS), 1);
    emulator.intercept(async ({ path }, next) => {
      const headers = new Headers({ date: new Date(now()).toUTCString() });
      return path === KEYS ? { status: 503, headers, body: "away" } : await next();
    });
    await fixture.clock.advance(300_000);
    await verifier.verify(token);
  });

  it("reject all requests if they cannot be fetched, and are requested again a second later", async () => {
    const fixture = await Fixture.start();
    await using emulator = fixture.emulator;
    const { clock } = fixture;
    await using verifier = fixture.local();
    const token = await fixture.token(fixture.jwtBot);
    for (const body of ["<html>", "{}", '{"keys":7}']) {
      await clock.advance(1_000);
      const response = { status: 200, headers: new Headers(), body };
      const undo = emulator.intercept(async ({ path }, next) => (path === KEYS ? response : await next()));
      const { cause } = await refusal(verifier.verify(token), "unreachable");
      assert.match(String(cause), /AuthError: .*[Kk]ey request.*\[bad_response\]/, body);
      undo();
    }
    await clock.advance(999);
    const error = await refusal(verifier.verify(token), "unreachable");
    assert.equal(error.headers["retry-after"], "1");
    await clock.advance(1);
    assert.equal((await verifier.verify(token)).clientId, "jwt-bot");
  });

  it("reject all requests if they do not arrive in time", async () => {
    const fixture = await Fixture.start();
    await using emulator = fixture.emulator;
    await using verifier = fixture.local({ timeoutMs: 2_000 });
    const token = await fixture.token(fixture.jwtBot);
    const asked = Promise.withResolvers<void>();
    emulator.intercept(({ signal }) => {
      asked.resolve();
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
    });
    const refused = refusal(verifier.verify(token), "unreachable");
    await asked.promise;
    await fixture.clock.advance(2_000);
    assert.match(String((await refused).cause), /\[timeout\]/);
  });

  it("are those of the issuer in discovery, or of the configured one", async () => {
    const fixture = await Fixture.start();
    await using _ = fixture.emulator;
    const token = await fixture.token(fixture.jwtBot);
    await using other = fixture.local({ issuer: "https://acme.example" });
    await refusal(other.verify(token), "wrong_issuer");
    await using same = fixture.local({ issuer: fixture.emulator.url });
    await same.verify(token);
  });
});
