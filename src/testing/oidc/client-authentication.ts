import { findClient } from "../state/applications.ts";
import type { ClientApplication } from "../state/model/application.ts";
import type { Store } from "../state/model/store.ts";
import { clientOf } from "./client-credentials.ts";
import { OAuthError } from "./oauth-error.ts";
import { verifyAssertion } from "./verify-assertion.ts";

/** The application that a token request comes from, by its secret or by an assertion that it signed. */
export async function authenticateApplication(
  store: Store,
  form: URLSearchParams,
  authorization: string | null,
  issuer: string,
): Promise<ClientApplication> {
  const assertion = form.get("client_assertion");
  if (assertion !== null) return await byAssertion(store, assertion, issuer);
  const { id, secret } = clientOf(form, authorization);
  if (id === "") throw new OAuthError("invalid_request", "client_id or client_assertion must be provided");
  const application = findClient(store, id);
  if (application === undefined) {
    // A service user is no application, though it can ask for tokens of its own.
    const known = [...store.users.values()].some(({ username }) => username === id);
    throw known
      ? new OAuthError("unauthorized_client", "grant_type token-exchange not allowed")
      : new OAuthError("invalid_client", "client not found");
  }
  if (secret !== application.clientSecret) throw new OAuthError("invalid_client", "invalid secret");
  return application;
}

async function byAssertion(store: Store, assertion: string, issuer: string): Promise<ClientApplication> {
  const findKey = (clientId: string, keyId: string): string | undefined => {
    return findClient(store, clientId)?.keys.get(keyId)?.publicKey;
  };
  const clientId = await verifyAssertion(assertion, issuer, store.now(), findKey).catch(() => undefined);
  const application = findClient(store, clientId ?? "");
  if (application === undefined) throw new OAuthError("invalid_client", "invalid assertion");
  return application;
}
