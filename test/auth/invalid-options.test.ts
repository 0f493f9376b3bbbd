import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { authFromEnvironment } from "../../src/auth/auth-from-environment.ts";
import { clientCredentials } from "../../src/auth/client-credentials.ts";
import { personalAccessToken } from "../../src/auth/personal-access-token.ts";
import { privateKeyJwt } from "../../src/auth/private-key-jwt.ts";
import { systemUser } from "../../src/auth/system-user.ts";
import { tokenExchange } from "../../src/auth/token-exchange/token-exchange.ts";
import { rsaPair, serviceAccountKey, temporaryDirectory } from "./support/keys.ts";
import { TokenServer } from "./support/token-server.ts";

const CANARY = "canary-7f3a";
const key = serviceAccountKey();
const publicPem = rsaPair().publicKey.export({ type: "spki", format: "pem" }).toString();

function pem(type: "ed25519" | "P-384" | "encrypted"): string {
  if (type === "encrypted") {
    const cipher = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: CANARY } as const;
    return rsaPair().privateKey.export(cipher).toString();
  }
  const { privateKey } =
    type === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: type });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Calls a function with anything, as JavaScript can. */
function misused(call: (options: never) => unknown, options?: unknown): Error {
  try {
    call(options as never);
  } catch (error) {
    assert.ok(error instanceof TypeError, String(error));
    assert.ok(!error.message.includes(CANARY), error.message);
    assert.equal(error.cause, undefined);
    return error;
  }
  return assert.fail("should have thrown");
}

describe("an invalid option causes a TypeError that names the option, what was given and what is expected", () => {
  for (const [call, options, message] of [
    [privateKeyJwt, undefined, /^privateKeyJwt\(\): its argument is undefined; expected an object/],
    [privateKeyJwt, {}, /exactly one of keyFile, key; options given: none/],
    [privateKeyJwt, { keyfile: CANARY }, /keyfile is not an option; did you mean keyFile\?/],
    [privateKeyJwt, { [CANARY.repeat(9)]: 1 }, /\[not a valid name\] is not an option/],
    [privateKeyJwt, { keyFile: "a", key }, /options given: keyFile, key/],
    [privateKeyJwt, { keyFile: 7 }, /keyFile is a number/],
    [privateKeyJwt, { keyFile: "" }, /keyFile is an empty string/],
    [
      privateKeyJwt,
      { keyFile: "no-such-file.json" },
      /keyFile is a path at which there is no file \(ENOENT; it exists up to "\/.*"\); expected/,
    ],
    [privateKeyJwt, { keyFile: "." }, /keyFile is ".", which is not readable \(EISDIR\)/],
    [privateKeyJwt, { key: `{"key":"${CANARY}` }, /key is JSON that is damaged/],
    [privateKeyJwt, { key: key.key }, /key is a private key in PEM; expected the key file of a service user/],
    [privateKeyJwt, { key: "[]" }, /key is a string; expected the key file/],
    [privateKeyJwt, { key: null }, /key is null/],
    [
      privateKeyJwt,
      { key: { ...key, type: CANARY } },
      /key is JSON of another "type".*of type serviceaccount/,
    ],
    [
      privateKeyJwt,
      { key: { ...key, type: "application", clientId: CANARY } },
      /key is the key file of an application, which the token endpoint refuses here; expected .*Add a key to a service user in Zitadel/,
    ],
    [privateKeyJwt, { key, issuer: "acme" }, /issuer is a string; expected a URL/],
    [privateKeyJwt, { key: { ...key, keyId: undefined } }, /key is without "keyId"/],
    [privateKeyJwt, { key: { ...key, userId: "" } }, /key is without "userId"/],
    [privateKeyJwt, { key: { ...key, key: undefined } }, /"key" in key is undefined/],
    [
      privateKeyJwt,
      { key: { ...key, key: CANARY } },
      /"key" in key is a string; expected an RSA or P-256 private key in PEM/,
    ],
    [privateKeyJwt, { key: { ...key, key: publicPem } }, /"key" in key is a public key/],
    [privateKeyJwt, { key: { ...key, key: pem("encrypted") } }, /an encrypted private key/],
    [privateKeyJwt, { key: { ...key, key: pem("ed25519") } }, /a key of type ed25519/],
    [privateKeyJwt, { key: { ...key, key: pem("P-384") } }, /a key of type ec on the curve secp384r1/],
    [privateKeyJwt, { key, scopes: "openid" }, /scopes is a string; expected an array/],
    [privateKeyJwt, { key, scopes: [7] }, /an entry of scopes is a number/],
    [privateKeyJwt, { key, scopes: [`a ${CANARY}`] }, /an entry of scopes is a string with whitespace/],
    [privateKeyJwt, { key, projectIds: [""] }, /an entry of projectIds is an empty string/],
    [clientCredentials, { clientSecret: CANARY }, /clientId is undefined/],
    [
      clientCredentials,
      { clientId: "a" },
      /exactly one of clientSecretFile, clientSecret; options given: clientId/,
    ],
    [clientCredentials, { clientId: "a", clientSecret: "" }, /clientSecret is an empty string/],
    [
      clientCredentials,
      { clientId: "a", clientSecret: `${CANARY}\n` },
      /a newline or another control character/,
    ],
    [
      personalAccessToken,
      { token: `${CANARY}\n` },
      /token is a string with whitespace or control characters in it; expected .*: trim\(\) it, or use tokenFile$/,
    ],
    [personalAccessToken, { token: `${CANARY} ${CANARY}` }, /expected the bare value, one word$/],
    [personalAccessToken, { token: `Bearer ${CANARY}` }, /token is a header, with a scheme before the value/],
    [personalAccessToken, { token: 7 }, /token is a number/],
    [personalAccessToken, CANARY, /its argument is a string/],
    [systemUser, { userId: "ops", key: CANARY }, /key is a string; expected an RSA or P-256 private key/],
    [systemUser, { key: key.key }, /userId is undefined/],
    [systemUser, { userId: "ops", key: key.key, audience: "" }, /audience is an empty string/],
    [tokenExchange, undefined, /its argument is undefined/],
    [
      tokenExchange,
      { client: { key }, subject: { accessToken: CANARY } },
      /key is the key file of a service user.*Add a key to the application/,
    ],
    [
      tokenExchange,
      { client: { clientId: "a", clientSecret: "b" }, subject: { userId: "1" } },
      /actor is undefined; expected .*which subject\.userId requires/,
    ],
    [
      tokenExchange,
      { client: { clientId: "a", clientSecret: "b", projectId: 7 }, subject: { accessToken: CANARY } },
      /client\.projectId is a number/,
    ],
    [
      tokenExchange,
      { client: { clientId: "a", clientSecret: "b" }, subject: { accessToken: CANARY }, audience: "x" },
      /audience is a string; expected an array/,
    ],
    [tokenExchange, { subject: { userId: "1" } }, /client is undefined/],
    [tokenExchange, { client: { clientId: "a", clientSecret: "b" } }, /subject is undefined/],
    [
      tokenExchange,
      { client: { clientId: "a", clientSecret: "b" }, subject: {} },
      /userId, accessToken, idToken, jwt/,
    ],
    [
      tokenExchange,
      { client: { clientId: "a", clientSecret: "b" }, subject: { userId: "1" }, actor: {} },
      /actor is an object; expected an authentication method/,
    ],
  ] as [(options: never) => unknown, unknown, RegExp][]) {
    it(`${call.name}(): ${message.source}`, () => assert.match(misused(call, options).message, message));
  }

  it("reports an unusable key file when the method is created", (test) => {
    const keyFile = join(temporaryDirectory(test), "key.json");
    writeFileSync(keyFile, `{"type":"serviceaccount","key":"${CANARY}"}`);
    assert.match(misused(privateKeyJwt, { keyFile }).message, /keyFile ".*key\.json" is without "keyId"/);
  });
});

describe("authFromEnvironment()", () => {
  const complete = {
    ZITADEL_KEY: JSON.stringify(key),
    ZITADEL_CLIENT_ID: CANARY,
    ZITADEL_CLIENT_SECRET: CANARY,
    ZITADEL_SERVICE_USER_TOKEN: CANARY,
  };

  for (const [set, seen] of [
    [[], "none of them"],
    [["ZITADEL_CLIENT_ID"], "ZITADEL_CLIENT_ID"],
    [["ZITADEL_CLIENT_SECRET"], "ZITADEL_CLIENT_SECRET"],
    [["ZITADEL_KEY", "ZITADEL_SERVICE_USER_TOKEN"], "ZITADEL_KEY, ZITADEL_SERVICE_USER_TOKEN"],
    [["ZITADEL_CLIENT_ID", "ZITADEL_SERVICE_USER_TOKEN"], "ZITADEL_CLIENT_ID, ZITADEL_SERVICE_USER_TOKEN"],
    [Object.keys(complete), Object.keys(complete).join(", ")],
  ] as const) {
    it(`lists which variables are set, but never a value: ${seen}`, () => {
      const env = Object.fromEntries(
        Object.entries(complete).filter(([name]) => set.includes(name as never)),
      );
      const { message } = misused(() => authFromEnvironment(env));
      assert.ok(message.endsWith(`set: ${seen}`), message);
      assert.match(message, /ZITADEL_KEY_FILE, ZITADEL_KEY, ZITADEL_CLIENT_ID with ZITADEL_CLIENT_SECRET/);
    });
  }

  it("creates the method that is configured", async (test) => {
    const server = await TokenServer.start(test);
    const directory = temporaryDirectory(test);
    const keyFile = join(directory, "key.json");
    const tokenFile = join(directory, "pat");
    writeFileSync(keyFile, complete.ZITADEL_KEY);
    writeFileSync(tokenFile, "pat-in-file\n");
    for (const [env, token] of [
      [{ ZITADEL_KEY_FILE: keyFile, ZITADEL_KEY: "" }, "token-1"],
      [{ ZITADEL_KEY: complete.ZITADEL_KEY, ZITADEL_CLIENT_ID: "" }, "token-2"],
      [{ ZITADEL_CLIENT_ID: "bot", ZITADEL_CLIENT_SECRET: "s3cret\n" }, "token-3"],
      [{ ZITADEL_SERVICE_USER_TOKEN: " pat\n", ZITADEL_KEY: undefined }, "pat"],
      [{ ZITADEL_SERVICE_USER_TOKEN_FILE: tokenFile }, "pat-in-file"],
    ] as const) {
      assert.equal((await authFromEnvironment(env)(server.context()).getToken()).token, token);
    }
  });

  it("reads the process's environment by default", () => {
    const names = Object.keys(process.env).filter((name) => /^ZITADEL_(KEY|CLIENT|SERVICE)/.test(name));
    assert.deepEqual(names, []);
    assert.match(misused(() => authFromEnvironment()).message, /none of them/);
  });
});
