import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";

export interface KeyFile {
  readonly keyId: string;
  readonly key: string;
  readonly userId: string;
}

/** How an assertion differs from a valid one. Times in seconds from now. */
export interface AssertionChanges {
  readonly alg?: string | undefined;
  readonly kid?: string | undefined;
  readonly key?: string | undefined;
  readonly iss?: string | undefined;
  readonly sub?: string | undefined;
  readonly aud?: string | readonly string[] | undefined;
  readonly iat?: number | undefined;
  readonly exp?: number | undefined;
}

/** An assertion for the JWT bearer grant, made from a key file. */
export async function signAssertion(
  keyFile: string,
  issuer: string,
  changes: AssertionChanges = {},
  now = Date.now(),
): Promise<string> {
  const file = JSON.parse(keyFile) as KeyFile;
  const { alg = "RS256", kid = file.keyId, key = file.key, iss = file.userId, sub = file.userId } = changes;
  const { aud = issuer, iat = -10, exp = 600 } = changes;
  const seconds = Math.floor(now / 1000);
  const claims = {
    iss,
    sub,
    aud: typeof aud === "string" ? aud : [...aud],
    iat: seconds + iat,
    exp: seconds + exp,
  };
  return await new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(createPrivateKey(key));
}
