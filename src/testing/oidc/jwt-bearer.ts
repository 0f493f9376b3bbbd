import { createPublicKey } from "node:crypto";
import { compactVerify, decodeJwt, decodeProtectedHeader } from "jose";
import type { Store } from "../state/store.ts";
import type { User } from "../state/users.ts";
import { ASSERTION_ALGORITHMS, isIssuedRecently, isUnexpired } from "./assertion-times.ts";
import { OAuthError } from "./oauth-error.ts";

/** The JWT bearer grant (RFC 7523): the user signs an assertion with a key that the server knows. */
export async function jwtBearerGrant(store: Store, form: URLSearchParams, issuer: string): Promise<User> {
  const assertion = form.get("assertion") ?? "";
  if (assertion === "") throw new OAuthError("invalid_request", "assertion missing");
  const user = await signerOf(store, assertion, issuer).catch(() => undefined);
  // One answer for everything that can be wrong, as the server gives it.
  if (user === undefined) throw new OAuthError("invalid_grant", "invalid assertion");
  if (user.state !== "active") throw new OAuthError("invalid_request", "Errors.User.NotActive");
  return user;
}

/** The user who signed `assertion` for `issuer`. Rejects, or finds none, when it is not good. */
export async function signerOf(store: Store, assertion: string, issuer: string): Promise<User | undefined> {
  const { kid } = decodeProtectedHeader(assertion);
  const claims = decodeJwt(assertion);
  const user = store.users.get(claims.sub ?? "");
  const key = user?.machine?.keys.get(kid ?? "");
  const now = store.now();
  const good =
    key !== undefined &&
    key.expiresAt > now &&
    claims.iss === claims.sub &&
    [claims.aud].flat().includes(issuer) &&
    isUnexpired(claims, now) &&
    isIssuedRecently(claims, now);
  if (!good) return undefined;
  await compactVerify(assertion, createPublicKey(key.publicKey), { algorithms: [...ASSERTION_ALGORITHMS] });
  return user;
}
