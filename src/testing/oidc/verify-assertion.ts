import { createPublicKey } from "node:crypto";
import { compactVerify, decodeJwt, decodeProtectedHeader } from "jose";
import { ASSERTION_ALGORITHMS, isIssuedRecently, isUnexpired } from "./assertion-times.ts";

/** Finds the public key (PEM) of a subject. */
export type FindKey = (subject: string, keyId: string) => string | undefined;

/**
 * Checks a self-signed JWT: issuer and subject are one, the audience is among its audiences, its times are good
 * and the key is the subject's. Returns the subject; rejects, or returns undefined, when something is wrong.
 */
export async function verifyAssertion(
  assertion: string,
  audience: string,
  now: number,
  findKey: FindKey,
): Promise<string | undefined> {
  const { kid } = decodeProtectedHeader(assertion);
  const claims = decodeJwt(assertion);
  const subject = claims.sub ?? "";
  const key = findKey(subject, kid ?? "");
  const good =
    key !== undefined &&
    claims.iss === subject &&
    [claims.aud].flat().includes(audience) &&
    isUnexpired(claims, now) &&
    isIssuedRecently(claims, now);
  if (!good) return undefined;
  await compactVerify(assertion, createPublicKey(key), { algorithms: [...ASSERTION_ALGORITHMS] });
  return subject;
}
