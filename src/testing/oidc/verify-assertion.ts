import { createPublicKey } from "node:crypto";
import { compactVerify, decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";
import { ASSERTION_ALGORITHMS, isIssuedRecently, isUnexpired } from "./assertion-times.ts";

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

/** The same, but the issuer may be another party that signs on behalf of the subject. Returns the claims. */
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
