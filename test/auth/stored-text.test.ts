import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { authFromEnvironment } from "../../src/auth/auth-from-environment.ts";
import { parseServiceAccountKey } from "../../src/auth/credential/key-file.ts";
import { parsePrivateKey } from "../../src/auth/credential/private-key.ts";
import { parseSecret, parseToken } from "../../src/auth/credential/secret-format.ts";
import { parseStoredJson } from "../../src/auth/credential/stored-text.ts";
import { pkcs1, rsaPair, serviceAccountKey } from "./support/keys.ts";

const key = serviceAccountKey();
const json = JSON.stringify(key);

/** What secret stores, shells and editors do to a key file. */
const PACKED: Readonly<Record<string, string>> = {
  "as it is": json,
  indented: JSON.stringify(key, null, 2),
  "with a trailing newline": `${json}\n`,
  "with a byte order mark": `\ufeff${json}`,
  "in Base64": Buffer.from(json).toString("base64"),
  "in Base64 that is wrapped": Buffer.from(json).toString("base64").replaceAll(/.{76}/g, "$&\n"),
  "in quotes": `'${json}'`,
  "in double quotes, escaped": JSON.stringify(json),
  "with escaped quotes": json.replaceAll('"', '\\"').replaceAll("\\\\n", "\\n"),
  "with newlines that are escaped twice": json.replaceAll("\\n", "\\\\n"),
  "with newlines in place of the escaped ones": json.replaceAll("\\n", "\n"),
  "with spaces in place of the escaped newlines": json.replaceAll("\\n", " "),
};

describe("a key in an environment variable, as secret stores write it", () => {
  for (const [how, text] of Object.entries(PACKED)) {
    it(`is accepted ${how}`, () => {
      const parsed = parseServiceAccountKey(text, "key");
      assert.deepEqual([parsed.keyId, parsed.subject], [key.keyId, key.userId]);
      assert.ok(parsed.privateKey.equals(rsaPair().privateKey));
      assert.equal(typeof authFromEnvironment({ ZITADEL_KEY: text }), "function");
    });
  }

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  for (const pem of [pkcs1(rsaPair()), ec.export({ type: "pkcs8", format: "pem" }).toString()]) {
    for (const [how, text] of Object.entries({
      "with escaped newlines": pem.replaceAll("\n", "\\n"),
      "with spaces for newlines": pem.replaceAll("\n", " "),
      "in quotes, with escaped newlines": `"${pem.replaceAll("\n", "\\n")}"`,
      "with carriage returns": pem.replaceAll("\n", "\r\n"),
      "indented by YAML": pem.replaceAll("\n", "\n    "),
      "in Base64": Buffer.from(pem).toString("base64"),
    })) {
      it(`is accepted as PEM (${/BEGIN ([A-Z ]+)/.exec(pem)?.[1]}) ${how}`, () => {
        const parsed = parsePrivateKey(text, "key").privateKey;
        assert.equal(
          parsed.export({ type: "pkcs8", format: "pem" }),
          parsePrivateKey(pem, "key").privateKey.export({ type: "pkcs8", format: "pem" }),
        );
      });
    }
  }

  it("is accepted as a token or a client secret in quotes, since neither begins with one", () => {
    for (const parse of [parseToken, parseSecret]) {
      for (const text of ['"abc-123"', "'abc-123'", "\ufeffabc-123"])
        assert.equal(parse(text, "token"), "abc-123");
    }
  });

  it("is left unchanged where it was not quoted", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value: unknown = JSON.parse(text);
        // A JSON string that contains JSON was quoted.
        if (typeof value !== "object" || value === null) return;
        assert.deepEqual(parseStoredJson(text), value);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[\w-]{10,80}$/), (token) =>
        assert.equal(parseToken(token, "token"), token),
      ),
    );
  });
});
