import type { HttpRequest } from "../net/http.ts";
import { findUserByLoginName } from "../state/login-names.ts";
import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { parseClientCredentials } from "./client-authentication.ts";
import { OAuthError } from "./oauth-error.ts";
import { verifyAssertion } from "./verify-assertion.ts";

/** Handles the client credentials grant (RFC 6749, section 4.4). The client id is the login name of a machine user. */
export function handleClientCredentialsGrant(
  store: Store,
  form: URLSearchParams,
  request: HttpRequest,
): User {
  const { id, secret } = parseClientCredentials(form, request);
  const user = findUserByLoginName(store, id);
  if (user === undefined) throw new OAuthError("invalid_client", "client not found");
  const expected = user.machine?.secret;
  if (expected === undefined) {
    throw new OAuthError("invalid_request", "Errors.User.Machine.Secret.NotExisting");
  }
  if (secret !== expected) throw new OAuthError("invalid_request", "Errors.User.Machine.Secret.Invalid");
  return user;
}

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
