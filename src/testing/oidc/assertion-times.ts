import type { JWTPayload } from "jose";

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
