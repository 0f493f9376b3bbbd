import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { OAuthError } from "./oauth-error.ts";
import { verifyAssertion } from "./verify-assertion.ts";

/** Handles the JWT bearer grant (RFC 7523): the user signs an assertion with a registered key. */
export async function handleJwtBearerGrant(
  store: Store,
  form: URLSearchParams,
  issuer: string,
): Promise<User> {
  const assertion = form.get("assertion") ?? "";
  if (assertion === "") throw new OAuthError("invalid_request", "assertion missing");
  const user = await findSigner(store, assertion, issuer).catch(() => undefined);
  // All failures are the same error, as on the server.
  if (user === undefined) throw new OAuthError("invalid_grant", "invalid assertion");
  return user;
}

async function findSigner(store: Store, assertion: string, issuer: string): Promise<User | undefined> {
  const now = store.now();
  const id = await verifyAssertion(assertion, issuer, now, (subject, keyId) => {
    const key = store.users.get(subject)?.machine?.keys.get(keyId);
    return key !== undefined && key.expiresAt > now ? key.publicKey : undefined;
  });
  return store.users.get(id ?? "");
}
