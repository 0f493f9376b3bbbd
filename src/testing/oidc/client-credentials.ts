import type { HttpRequest } from "../net/http.ts";
import { findUserByLoginName } from "../state/login-names.ts";
import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { parseClientCredentials } from "./client-authentication.ts";
import { OAuthError } from "./oauth-error.ts";

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
