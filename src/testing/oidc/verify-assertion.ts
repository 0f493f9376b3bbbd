import { createPublicKey } from "node:crypto";
import { compactVerify, decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";
import { ASSERTION_ALGORITHMS, isIssuedRecently, isUnexpired } from "./assertion-times.ts";

/** Finds the public key (PEM) of a subject. */
export type FindKey = (subject: string, keyId: string) => string | undefined;

/**
 * Checks a self-signed JWT: issuer and subject are equal, the audience matches, its times are valid and the key is the
 * subject's. Returns the subject; rejects, or returns undefined, when something is wrong.
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

/** The same for a JWT that another party may have signed on behalf of the subject. Returns its claims. */
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
