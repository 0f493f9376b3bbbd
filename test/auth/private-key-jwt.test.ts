import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { AuthError } from "../../src/auth/auth-error.ts";
import { privateKeyJwt } from "../../src/auth/private-key-jwt.ts";
import type { HttpClient } from "../../src/shared/http-client.ts";
import { fastClock, pass, wrongClock } from "./support/clocks.ts";
import { httpClient } from "./support/http-client.ts";
import { readJwt } from "./support/jwt.ts";
import { pkcs1, rsaPair, serviceAccountKey, temporaryDirectory } from "./support/keys.ts";
import { granted, refused, TokenServer, type TokenServerRequest } from "./support/token-server.ts";

const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const MINUTE = 60_000;

function readAssertion({ form }: TokenServerRequest, number = 0): ReturnType<typeof readJwt> {
  return readJwt(form.get("assertion") ?? "", rsaPair(number).publicKey);
}

/** Validates `iat` and `exp` as Zitadel does. */
function timely(request: TokenServerRequest): boolean {
  const { iat, exp } = readAssertion(request).claims;
  const now = Date.now() / 1_000;
  return iat <= now + 1 && iat >= now - 3_600 && exp > now + 1;
}

describe("privateKeyJwt()", () => {
  it("sends an assertion of the service user for the origin", async (test) => {
    const server = await TokenServer.start(test);
    await privateKeyJwt({ key: serviceAccountKey() })(server.context()).getToken();
    const { header, claims } = readAssertion(server.last);
    assert.deepEqual(header, { alg: "RS256", typ: "JWT", kid: "key-1" });
    assert.deepEqual([claims.iss, claims.sub, claims.aud], ["user-1", "user-1", server.origin]);
    const now = Date.now() / 1_000;
    assert.ok(claims.iat <= now - 10 && claims.iat > now - 60, "iat is backdated by 10 to 60 s");
    assert.ok(claims.exp > now + 60 && claims.exp < now + 3_600);
    assert.equal(server.last.form.get("grant_type"), GRANT_TYPE);
    assert.equal(server.last.form.get("scope"), "openid urn:zitadel:iam:org:project:id:zitadel:aud");
    assert.deepEqual([server.requests.length, server.discoveries], [1, 0]);
  });

  for (const [origin, instanceHost, audience] of [
    ["https://acme.zitadel.cloud", undefined, "https://acme.zitadel.cloud"],
    ["https://zitadel.internal:8443", "acme.example.com", "https://acme.example.com"],
    ["https://zitadel.internal", "acme.example.com:8443", "https://acme.example.com:8443"],
    ["https://zitadel.internal", "acme.example.com:443", "https://acme.example.com:443"],
    ["http://zitadel.internal:8080", "acme.example.com", "https://acme.example.com"],
    ["http://127.0.0.1:8080", "localhost:8080", "http://localhost:8080"],
  ] as const) {
    it(`uses ${audience} as the issuer behind ${origin}${instanceHost === undefined ? "" : ` with the instance host ${instanceHost}`}`, async (test) => {
      const server = await TokenServer.start(test);
      const http: HttpClient = ({ url, ...request }) =>
        httpClient({ ...request, url: url.replace(origin, server.origin) });
      await privateKeyJwt({ key: serviceAccountKey() })(
        server.context({ origin, instanceHost, http }),
      ).getToken();
      assert.equal(readAssertion(server.last).claims.aud, audience);
    });
  }

  /** Refuses any other audience; `how` is the response of the server's version. */
  function onlyFor(server: TokenServer, issuer: string, how = refused("invalid_grant", "invalid assertion")) {
    server.onDiscovery = () => ({ body: { issuer, token_endpoint: "https://acme.example/oauth/v2/token" } });
    server.onToken = (request) => (readAssertion(request).claims.aud === issuer ? granted("a") : how);
  }

  for (const how of [
    refused("invalid_grant", "invalid assertion"),
    refused("server_error", "Errors.Internal", 500),
  ]) {
    it(`discovers an unexpected issuer once, after ${JSON.stringify(how)}`, async (test) => {
      const server = await TokenServer.start(test);
      onlyFor(server, "https://acme.example:443/", how);
      const context = server.context();
      const source = privateKeyJwt({ key: serviceAccountKey() })(context);
      await source.getToken();
      assert.deepEqual([server.requests.length, server.discoveries], [2, 1]);
      await source.getToken({ rejected: "a" });
      assert.deepEqual([server.requests.length, server.discoveries], [3, 1]);
      assert.equal(context.events.filter(({ type }) => type === "issuer-discovered").length, 1);
    });
  }

  it("uses a configured issuer, and discovers the right one if none is configured", async (test) => {
    const server = await TokenServer.start(test);
    onlyFor(server, "https://acme.example/");
    for (const [issuer, requests] of [
      ["https://acme.example/", 1],
      ["https://acme.example", 3],
    ] as const) {
      await privateKeyJwt({ key: serviceAccountKey(), issuer })(server.context()).getToken();
      assert.equal(server.requests.length, requests);
    }
  });

  it("requests additional scopes and audiences", async (test) => {
    const server = await TokenServer.start(test);
    const options = { scopes: ["profile", "openid"], projectIds: ["123"] };
    await privateKeyJwt({ key: serviceAccountKey(), ...options })(server.context()).getToken();
    assert.equal(
      server.last.form.get("scope"),
      "openid urn:zitadel:iam:org:project:id:zitadel:aud urn:zitadel:iam:org:project:id:123:aud profile",
    );
  });

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  for (const [format, pem, publicKey, alg] of [
    ["PKCS#1", pkcs1(rsaPair()), rsaPair().publicKey, "RS256"],
    ["PKCS#8", rsaPair().privateKey.export({ type: "pkcs8", format: "pem" }), rsaPair().publicKey, "RS256"],
    ["SEC1 on P-256", ec.privateKey.export({ type: "sec1", format: "pem" }), ec.publicKey, "ES256"],
    ["PKCS#8 on P-256", ec.privateKey.export({ type: "pkcs8", format: "pem" }), ec.publicKey, "ES256"],
  ] as const) {
    it(`signs with a key in ${format}`, async (test) => {
      const server = await TokenServer.start(test);
      await privateKeyJwt({ key: { ...serviceAccountKey(), key: pem.toString() } })(
        server.context(),
      ).getToken();
      const { header } = readJwt(server.last.form.get("assertion") ?? "", publicKey);
      assert.equal(header["alg"], alg);
    });
  }

  for (const form of ["object", "JSON", "function", "async function", "file"] as const) {
    it(`accepts the key as ${form}`, async (test) => {
      const server = await TokenServer.start(test);
      const key = serviceAccountKey();
      const json = JSON.stringify(key);
      const keyFile = join(temporaryDirectory(test), "key.json");
      writeFileSync(keyFile, `\uFEFF${json}\n`);
      const methods = {
        object: () => privateKeyJwt({ key }),
        JSON: () => privateKeyJwt({ key: json }),
        function: () => privateKeyJwt({ key: () => key }),
        "async function": () => privateKeyJwt({ key: async () => json }),
        file: () => privateKeyJwt({ keyFile }),
      };
      await methods[form]()(server.context()).getToken();
      assert.equal(readAssertion(server.last).claims.sub, "user-1");
    });
  }

  for (const minutes of [-10, -1, 1, 10]) {
    it(`authenticates even if the clock is wrong by ${minutes} min`, async (test) => {
      const server = await TokenServer.start(test);
      server.onToken = (request) =>
        timely(request) ? granted("a") : refused("invalid_grant", "invalid assertion");
      const context = server.context({ clock: wrongClock(minutes * MINUTE) });
      assert.equal((await privateKeyJwt({ key: serviceAccountKey() })(context).getToken()).token, "a");
      const requests = Math.abs(minutes) > 5 || minutes === 1 ? 2 : 1;
      assert.deepEqual([server.requests.length, server.discoveries], [requests, 0]);
      const skew = context.events.find((event) => event.type === "clock-skew-learned");
      assert.ok(Math.abs((skew?.skewMs ?? 0) + minutes * MINUTE) <= 1_500);
    });
  }

  it("corrects a clock that goes wrong later with one more request, immediately", async (test) => {
    const server = await TokenServer.start(test);
    server.onToken = (request) =>
      timely(request) ? granted("a", 60) : refused("invalid_grant", "invalid assertion");
    let offset = 0;
    const clock = { ...wrongClock(0), now: () => Date.now() + offset };
    const source = privateKeyJwt({ key: serviceAccountKey() })(server.context({ clock }));
    await source.getToken();
    offset = 10 * MINUTE;
    assert.equal((await source.getToken()).token, "a");
    assert.equal(server.requests.length, 3);
  });

  it("learns no skew from a correct clock, and does not repeat a request with a key that has worked", async (test) => {
    const server = await TokenServer.start(test);
    const context = server.context();
    const source = privateKeyJwt({ key: serviceAccountKey() })(context);
    await source.getToken();
    server.onToken = () => refused("invalid_grant", "invalid assertion");
    await assert.rejects(source.getToken({ rejected: "token-1" }), { code: "invalid_grant" });
    assert.deepEqual([server.requests.length, server.discoveries], [2, 1]);
    assert.ok(context.events.every(({ type }) => type !== "clock-skew-learned"));
  });

  it("learns nothing from the date of a cached response", async (test) => {
    const server = await TokenServer.start(test);
    server.onToken = () => {
      const headers = { date: new Date(Date.now() - 10 * MINUTE).toUTCString(), age: "600" };
      return { ...granted("a"), headers };
    };
    const context = server.context();
    await privateKeyJwt({ key: serviceAccountKey() })(context).getToken();
    assert.ok(context.events.every(({ type }) => type !== "clock-skew-learned"));
  });

  it("names key, user, instance and expiry, and ends within 5 s, when the refusal looks like a failure of the server", async (test) => {
    const server = await TokenServer.start(test);
    server.onToken = () => refused("server_error", "Errors.Internal", 500);
    const clock = fastClock();
    const startedAt = clock.monotonic();
    const source = privateKeyJwt({ key: serviceAccountKey() })(server.context({ clock }));
    await assert.rejects(source.getToken(), (error: AuthError) => {
      assert.deepEqual([error.code, error.retryable], ["server_error", true]);
      return ["key-1", "user-1", server.origin, "2030-01-01"].every((part) => error.hint.includes(part));
    });
    assert.ok(clock.monotonic() - startedAt < 6_000);
  });

  it("waits longer for a failing server if the key has worked", async (test) => {
    const server = await TokenServer.start(test);
    const clock = fastClock();
    const failing = refused("server_error", "Errors.Internal", 500);
    let healthyAt = 0;
    server.onToken = ({ count }) => (clock.monotonic() < healthyAt ? failing : granted(`token-${count}`, 60));
    const source = privateKeyJwt({ key: serviceAccountKey() })(server.context({ clock }));
    await source.getToken();
    await pass(clock, 60_000);
    healthyAt = clock.monotonic() + 8_000;
    assert.notEqual((await source.getToken()).token, "token-1");
  });

  it("names key, user, instance and expiry when the assertion is refused", async (test) => {
    const server = await TokenServer.start(test);
    server.onToken = () => refused("invalid_grant", "invalid assertion");
    await assert.rejects(
      privateKeyJwt({ key: serviceAccountKey() })(server.context({ clock: fastClock() })).getToken(),
      (error: Error) =>
        ["key-1", "user-1", server.origin, "2030-01-01"].every((part) => error.message.includes(part)),
    );
  });

  for (const [days, warned] of [
    [-1, true],
    [13, true],
    [15, false],
  ] as const) {
    it(`${warned ? "warns" : "does not warn"} of a key that expires in ${days} days`, async (test) => {
      const server = await TokenServer.start(test);
      const expirationDate = new Date(Date.now() + days * 24 * 60 * MINUTE).toISOString();
      const context = server.context();
      await privateKeyJwt({ key: { ...serviceAccountKey(), expirationDate } })(context).getToken();
      const event = context.events.find(({ type }) => type === "key-expiring");
      assert.equal(event !== undefined, warned);
    });
  }

  it("retries a function that fails while callers wait", async (test) => {
    const server = await TokenServer.start(test);
    let calls = 0;
    const key = async (): Promise<string> => {
      calls += 1;
      if (calls === 1) throw new Error("vault is sealed");
      return JSON.stringify(serviceAccountKey());
    };
    assert.equal(
      (await privateKeyJwt({ key })(server.context({ clock: fastClock() })).getToken()).token,
      "token-1",
    );
  });

  it("rejects an unusable value from a function with invalid_credential", async (test) => {
    const server = await TokenServer.start(test);
    const source = privateKeyJwt({ key: () => "canary-not-json" })(server.context());
    await assert.rejects(source.getToken(), (error: Error & { code: string }) => {
      assert.equal(error.code, "invalid_credential");
      assert.match(error.message, /key is (a string|JSON that is damaged); expected the key file/);
      assert.ok(!error.message.includes("canary"));
      return true;
    });
  });
});
