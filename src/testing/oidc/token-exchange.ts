import { compactVerify, decodeJwt } from "jose";
import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { signerOf } from "./jwt-bearer.ts";
import { OAuthError } from "./oauth-error.ts";
import type { WebKey } from "./web-key.ts";

/** What the exchange gives out. */
export const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";

/** Finds the user of a token of one type; rejects, or finds none, when the token is not good. */
type FindUser = (token: string, context: ExchangeContext) => User | undefined | Promise<User | undefined>;

interface ExchangeContext {
  readonly store: Store;
  readonly webKey: WebKey;
  readonly issuer: string;
}

const USER_ID_TYPE = "urn:zitadel:params:oauth:token-type:user_id";

const TOKEN_TYPES: Readonly<Record<string, FindUser>> = {
  [ACCESS_TOKEN_TYPE]: (token, { store }) => {
    const known = store.tokens.get(token);
    return known !== undefined && known.expiresAt > store.now() ? store.users.get(known.userId) : undefined;
  },
  // Of an id token only its origin counts: it has expired when it is issued.
  "urn:ietf:params:oauth:token-type:id_token": async (token, { store, webKey }) => {
    await compactVerify(token, webKey.publicKey);
    return store.users.get(decodeJwt(token).sub ?? "");
  },
  "urn:ietf:params:oauth:token-type:jwt": (token, { store, issuer }) => signerOf(store, token, issuer),
  [USER_ID_TYPE]: (token, { store }) => store.users.get(token),
};

/**
 * Token exchange, after RFC 8693, since no answers of a server were at hand: an application trades a token for
 * one of the same user or, with an actor's token next to it, for one of a user that it names by id.
 */
export async function tokenExchangeGrant(form: URLSearchParams, context: ExchangeContext): Promise<User> {
  const user = await userOf(form, "subject_token", context);
  const byName = form.get("subject_token_type") === USER_ID_TYPE;
  if (byName && !form.has("actor_token")) throw new OAuthError("invalid_request", "actor_token missing");
  if (form.has("actor_token")) await userOf(form, "actor_token", context);
  return user;
}

async function userOf(form: URLSearchParams, name: string, context: ExchangeContext): Promise<User> {
  const token = form.get(name) ?? "";
  if (token === "") throw new OAuthError("invalid_request", `${name} missing`);
  const type = form.get(`${name}_type`) ?? "";
  if (type === "") throw new OAuthError("invalid_request", `${name}_type missing`);
  const findUser = TOKEN_TYPES[type];
  if (findUser === undefined) throw new OAuthError("invalid_request", `${name}_type is not supported`);
  const user = await (async () => findUser(token, context))().catch(() => undefined);
  if (user?.state !== "active") throw new OAuthError("invalid_request", `${name} is invalid`);
  return user;
}
