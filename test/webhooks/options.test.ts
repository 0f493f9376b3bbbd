import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { createWebhook, type WebhookOptions } from "../../src/webhooks/index.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const jwt = { payload: "jwt" };
const jwe = { payload: "jwe", jwks: { keys: [] } };

describe("createWebhook() refuses an invalid option by name and without its value", () => {
  const EXPECTED_KEY = "a private key, RSA or EC, as PEM or KeyObject";
  const CASES: readonly (readonly [options: object, message: string])[] = [
    [{ signingKey: undefined }, "signingKey is undefined; expected a non-empty string"],
    [{ signingKey: "" }, "signingKey is an empty string; expected a non-empty string"],
    [{ signingKey: [] }, "signingKey is an empty array; expected a signing key or several"],
    [{ signingKey: ["a", ""] }, "signingKey is an empty string; expected a non-empty string"],
    [{ signingKey: 7 }, "signingKey is a number; expected a non-empty string"],
    [{ tolerance: 5 }, "tolerance is not an option; did you mean toleranceMs?"],
    [{ signingkey: "a" }, "signingkey is not an option; did you mean signingKey?"],
    [{ payload: "xml" }, 'payload is a string; expected one of "json", "jwt", "jwe"'],
    [{ toleranceMs: 0 }, "toleranceMs is 0; expected milliseconds from 1 to 86400000"],
    [{ toleranceMs: "5000" }, "toleranceMs is a string; expected milliseconds from 1 to 86400000"],
    [{ toleranceMs: Number.NaN }, "toleranceMs is NaN; expected milliseconds from 1 to 86400000"],
    [
      { toleranceMs: Number.POSITIVE_INFINITY },
      "toleranceMs is Infinity; expected milliseconds from 1 to 86400000",
    ],
    [{ maxBodyBytes: 0.5 }, "maxBodyBytes is 0.5; expected an integer of at least 1"],
    [{ onError: "log" }, "onError is a string; expected a function"],
    [{ now: 5 }, "now is a number; expected a function"],
    [{ fetch: {} }, "fetch is an object; expected a function"],
    [jwt, 'jwks is undefined; expected a URL or a key set, since payload is "jwt"'],
    [
      { ...jwt, jwks: "s3cret" },
      "jwks is a string; expected a URL such as https://acme.zitadel.cloud/oauth/v2/keys",
    ],
    [
      { ...jwt, jwks: "http://acme.zitadel.cloud/oauth/v2/keys" },
      "jwks is a URL with http:; expected https:, or http: on this machine",
    ],
    [
      { jwks: new URL("http://10.0.0.1/keys") },
      "jwks is a URL with http:; expected https:, or http: on this machine",
    ],
    [{ ...jwt, jwks: "file:///keys" }, "jwks is a URL with file:; expected https:, or http: on this machine"],
    [{ ...jwt, jwks: {} }, 'jwks is an object without an array "keys"; expected a URL or a key set'],
    [{ ...jwt, jwks: 7 }, "jwks is a number; expected a URL or a key set"],
    [
      { payload: "jwe", jwks: { keys: [] } },
      'decryptionKey is undefined; expected a private key, since payload is "jwe"',
    ],
    [{ ...jwe, decryptionKey: "s3cret" }, `decryptionKey is a string; expected ${EXPECTED_KEY}`],
    [
      { ...jwe, decryptionKey: { old: "s3cret" } },
      `decryptionKey["old"] is a string; expected ${EXPECTED_KEY}`,
    ],
    [
      { ...jwe, decryptionKey: { old: undefined } },
      `decryptionKey["old"] is undefined; expected ${EXPECTED_KEY}`,
    ],
    [{ ...jwe, decryptionKey: publicKey }, `decryptionKey is a public key; expected ${EXPECTED_KEY}`],
    [
      { ...jwe, decryptionKey: privateKey },
      `decryptionKey is a key of type ed25519; expected ${EXPECTED_KEY}`,
    ],
    [{ ...jwe, decryptionKey: 7 }, `decryptionKey is a number; expected ${EXPECTED_KEY}`],
  ];
  for (const [options, message] of CASES) {
    it(message, () => {
      assert.throws(() => createWebhook({ signingKey: "key", ...options } as WebhookOptions), {
        name: "TypeError",
        message: `createWebhook(): ${message}`,
      });
    });
  }

  it("and fetches keys over https, or from this machine", () => {
    for (const jwks of [
      "https://acme.zitadel.cloud/oauth/v2/keys",
      "http://localhost:8080/oauth/v2/keys",
      new URL("http://127.0.0.1:8080/keys"),
    ]) {
      createWebhook({ signingKey: "key", payload: "jwt", jwks });
    }
  });
});
