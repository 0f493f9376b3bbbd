import { describe } from "../../shared/describe.ts";
import { invalidOption } from "../../shared/invalid-option.ts";
import { AuthError } from "../auth-error.ts";
import type { AccessToken, GetTokenOptions, TokenSource } from "../token-source.ts";

/**
 * A token source whose tokens are checked before a client sends them. `source` comes from the option `auth`, which
 * JavaScript does not check.
 *
 * @throws TypeError if it has no `getToken()`. The source rejects with an AuthError instead of returning an invalid token.
 */
export function checkedTokenSource(source: TokenSource): TokenSource {
  const getToken: unknown = source?.getToken;
  if (typeof getToken === "function") return new CheckedTokenSource(source);
  throw invalidOption(
    "the token source of auth",
    source instanceof Promise ? "a promise" : `${describe(source)} without getToken()`,
    "a token source: create it with cachedTokenSource(context, fetchToken)",
  );
}

class CheckedTokenSource implements TokenSource {
  readonly #source: TokenSource;
  /** This package's sources return the same promise as long as the token is the same, so a warm call creates none. */
  #checked: Promise<AccessToken> | undefined;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  getToken(options?: GetTokenOptions): Promise<AccessToken> {
    const given = this.#source.getToken(options);
    const isChecked = this.#checked !== undefined && given === this.#checked;
    return isChecked ? given : this.#check(given);
  }

  async #check(given: Promise<AccessToken>): Promise<AccessToken> {
    const access = await given;
    requireAccessToken("The token source", access);
    if (given instanceof Promise) this.#checked = given;
    return access;
  }
}

/**
 * Fails unless `source` returned an access token that can be sent: `token` is one word of visible ASCII characters (RFC
 * 6750 section 2.1), and `expiresAt`, if set, is a number.
 *
 * @throws AuthError with the code `invalid_credential`, which describes the value without quoting it
 */
export function requireAccessToken(source: string, value: unknown): asserts value is AccessToken {
  if (typeof value !== "object" || value === null) throw invalidToken(source, describe(value));
  const { token, expiresAt } = value as Partial<Record<keyof AccessToken, unknown>>;
  if (typeof token !== "string" || token === "") throw invalidToken(source, withoutToken(value, token));
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw invalidToken(source, "a token with whitespace or control characters in it");
  }
  if (expiresAt !== undefined && (typeof expiresAt !== "number" || Number.isNaN(expiresAt))) {
    throw invalidToken(
      source,
      `an "expiresAt" that is ${Number.isNaN(expiresAt) ? "NaN" : describe(expiresAt)}`,
    );
  }
}

function withoutToken(value: object, token: unknown): string {
  if (token !== undefined) return `a "token" that is ${describe(token)}`;
  return `an object without "token"${"access_token" in value ? ` but with "access_token"` : ""}`;
}

function invalidToken(source: string, seen: string): AuthError {
  return new AuthError({
    code: "invalid_credential",
    summary: `${source} returned ${seen}`,
    hint: "Return { token, expiresAt }: the bare token, without the word Bearer, and milliseconds since the epoch if known.",
  });
}
