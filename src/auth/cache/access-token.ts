import { describe } from "../../shared/describe.ts";
import { AuthError } from "../auth-error.ts";
import type { AccessToken } from "../token-source.ts";

/**
 * Fails unless what `source` gave is an access token that can be sent: `token` is one word of visible ASCII characters
 * (RFC 6750 section 2.1), and `expiresAt`, if there is one, is a number.
 *
 * @throws AuthError with the code `invalid_credential`, which says what it is instead and repeats nothing of it
 */
export function requireAccessToken(source: string, value: unknown): asserts value is AccessToken {
  if (typeof value !== "object" || value === null) throw invalidToken(source, describe(value));
  const { token, expiresAt } = value as Partial<Record<keyof AccessToken, unknown>>;
  if (typeof token !== "string" || token === "") throw invalidToken(source, withoutToken(value, token));
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw invalidToken(source, "a token with white space or control characters in it");
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
    summary: `${source} gave ${seen}`,
    hint: "Return { token, expiresAt }: the bare token, without the word Bearer, and milliseconds since the epoch if known.",
  });
}
