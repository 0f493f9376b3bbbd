import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cachedTokenSource } from "../../src/auth/cache/cached-token-source.ts";
import { checkedTokenSource } from "../../src/auth/cache/checked-token-source.ts";
import type { AccessToken, TokenSource } from "../../src/auth/token-source.ts";
import { findAuthError } from "./support/find-auth-error.ts";

/** What custom token sources return by mistake, and the part of the message that says so. */
const MISTAKES: readonly (readonly [value: unknown, told: RegExp])[] = [
  ["canary-token", /returned a string/],
  [undefined, /returned undefined/],
  [null, /returned null/],
  [{}, /returned an object without "token"/],
  [{ access_token: "canary-token" }, /returned an object without "token" but with "access_token"/],
  [{ token: "" }, /returned a "token" that is an empty string/],
  [{ token: 7 }, /returned a "token" that is a number/],
  [{ token: "Bearer canary-token" }, /returned a token with whitespace/],
  [{ token: "canary-token\n" }, /returned a token with whitespace/],
  [{ token: "canary-tökén" }, /characters in it/],
  [{ token: "canary-token", expiresAt: new Date() }, /an "expiresAt" that is an object/],
  [{ token: "canary-token", expiresAt: "2030-01-01" }, /an "expiresAt" that is a string/],
  [{ token: "canary-token", expiresAt: Number.NaN }, /an "expiresAt" that is NaN/],
];

describe("a value that is not an access token", () => {
  for (const [value, told] of MISTAKES) {
    it(`causes an AuthError that describes the value without repeating it: ${told.source}`, async () => {
      const context = { origin: "https://acme.example" };
      for (const source of [
        cachedTokenSource(context, async () => value as AccessToken),
        checkedTokenSource({ getToken: async () => value as AccessToken }),
        checkedTokenSource({ getToken: () => value as Promise<AccessToken> }),
      ]) {
        const error = await findAuthError(source.getToken());
        assert.deepEqual([error.code, error.retryable], ["invalid_credential", false]);
        assert.match(error.message, told);
        assert.match(error.hint, /\{ token, expiresAt \}/);
        assert.ok(!error.message.includes("canary"));
      }
    });
  }
});

describe("checkedTokenSource()", () => {
  it("passes on a valid token, and the caller's options", async () => {
    const access: AccessToken = { token: "a.b-c_d~e+f/g=", expiresAt: 7 };
    const options = { signal: new AbortController().signal, rejected: "x" };
    let passed: unknown;
    const source = checkedTokenSource({
      getToken: async (given) => {
        passed = given;
        return access;
      },
    });
    assert.equal(await source.getToken(options), access);
    assert.equal(passed, options);
  });

  it("does not wrap a promise that it has checked", async () => {
    const promise = Promise.resolve({ token: "a" });
    const source = checkedTokenSource({ getToken: () => promise });
    await source.getToken();
    assert.equal(source.getToken(), promise);
  });

  for (const [given, told] of [
    [undefined, /the token source of auth is undefined without getToken\(\); expected a token source/],
    ["token", /is a string without getToken\(\)/],
    [{ token: "a" }, /is an object without getToken\(\)/],
    [Promise.resolve({ token: "a" }), /is a promise; expected/],
  ] as const) {
    it(`throws a TypeError for ${told.source}`, () => {
      assert.throws(() => checkedTokenSource(given as unknown as TokenSource), {
        name: "TypeError",
        message: told,
      });
    });
  }
});
