import { createPublicKey } from "node:crypto";
import { compactVerify, decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";

/** Finds a public key of a subject, in PEM. */
export type FindKey = (subject: string, keyId: string) => string | undefined;

/**
 * Verifies a self-signed JWT: issuer and subject are equal, the audience matches, the times are valid, and the key is
 * the subject's. Returns the subject. Rejects, or returns undefined, if the JWT is invalid.
 */
export async function verifyAssertion(
  assertion: string,
  audience: string,
  now: number,
  findKey: FindKey,
): Promise<string | undefined> {
  const claims = await verifySignedJwt(assertion, audience, now, findKey);
  return claims?.iss === claims?.sub ? claims?.sub : undefined;
}

/** The same, but another issuer may sign on behalf of the subject. Returns the claims. */
export async function verifySignedJwt(
  jwt: string,
  audience: string,
  now: number,
  findKey: FindKey,
): Promise<JWTPayload | undefined> {
  const { kid } = decodeProtectedHeader(jwt);
  const claims = decodeJwt(jwt);
  const key = findKey(claims.sub ?? "", kid ?? "");
  const good =
    key !== undefined &&
    [claims.aud].flat().includes(audience) &&
    isUnexpired(claims, now) &&
    isIssuedRecently(claims, now);
  if (!good) return undefined;
  await compactVerify(jwt, createPublicKey(key), { algorithms: [...ASSERTION_ALGORITHMS] });
  return claims;
}

/** The algorithms of assertions that the server accepts. */
export const ASSERTION_ALGORITHMS: readonly string[] = ["RS256", "PS256", "ES256"];

const SKEW_MS = 1000;
const MAX_AGE_MS = 60 * 60 * 1000;

/** Whether `exp` is present, and more than a second away. */
export function isUnexpired({ exp }: JWTPayload, now: number): boolean {
  return typeof exp === "number" && exp * 1000 > now + SKEW_MS;
}

/** Whether `iat` is present, at most a second ahead, and at most an hour ago. */
export function isIssuedRecently({ iat }: JWTPayload, now: number): boolean {
  if (typeof iat !== "number") return false;
  const age = now - iat * 1000;
  return age >= -SKEW_MS && age <= MAX_AGE_MS;
}
