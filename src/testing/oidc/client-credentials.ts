import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { findUserByName } from "../state/users.ts";
import { OAuthError } from "./oauth-error.ts";

/** The client credentials grant: the client is a machine user, under its login name. */
export function clientCredentialsGrant(
  store: Store,
  form: URLSearchParams,
  authorization: string | null,
): User {
  const { id, secret } = clientOf(form, authorization);
  if (id === "") {
    throw new OAuthError("invalid_request", "client_id or client_assertion must be provided");
  }
  const user = findUserByName(store, id);
  if (user === undefined) throw new OAuthError("invalid_client", "client not found");
  const expected = user.machine?.secret;
  if (expected === undefined) {
    throw new OAuthError("invalid_request", "Errors.User.Machine.Secret.NotExisting");
  }
  if (secret !== expected) throw new OAuthError("invalid_request", "Errors.User.Machine.Secret.Invalid");
  if (user.state !== "active") throw new OAuthError("invalid_request", "Errors.User.NotActive");
  return user;
}

/** What the client says it is: in the header, else in the body. */
export function clientOf(
  form: URLSearchParams,
  authorization: string | null,
): { id: string; secret: string } {
  const basic = /^Basic (.+)$/i.exec(authorization ?? "")?.[1];
  if (basic === undefined) {
    return { id: form.get("client_id") ?? "", secret: form.get("client_secret") ?? "" };
  }
  const [id = "", secret = ""] = Buffer.from(basic, "base64").toString("utf8").split(":");
  return { id: formDecode(id), secret: formDecode(secret) };
}

/** RFC 6749 wants both parts encoded like the values of a form. */
function formDecode(text: string): string {
  return new URLSearchParams(`v=${text}`).get("v") ?? "";
}
