import { compactVerify, decodeJwt } from "jose";
import { PAT_SCOPES } from "../state/credentials.ts";
import type { ClientApplication } from "../state/model/application.ts";
import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { type Grant, grantsAccess, NO_SCOPE, parseScopes, RESOURCE_OWNER_CLAIM } from "./grant.ts";
import { OAuthError } from "./oauth-error.ts";
import { verifyAssertion } from "./verify-assertion.ts";
import type { WebKeys } from "./web-key.ts";

/** What the exchange gives out. */
export const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:id_token";
const JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt";
const USER_ID_TYPE = "urn:zitadel:params:oauth:token-type:user_id";

/** What exchanges work with. */
interface ExchangeContext {
  readonly store: Store;
  readonly webKeys: WebKeys;
  readonly issuer: string;
  /** Which exchanges. */
  readonly application: ClientApplication;
}

/** A token that was verified. */
interface Verified {
  readonly user: User | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly audience?: readonly string[] | undefined;
}

type Verify = (token: string, context: ExchangeContext) => Verified | Promise<Verified>;

/** Verifies a token of a type; rejects, or finds no user, when the token is not good. */
const VERIFY: Readonly<Record<string, Verify>> = {
  [ACCESS_TOKEN_TYPE]: verifyAccessToken,
  // Of an ID token the times do not count: it has expired when it is issued.
  [ID_TOKEN_TYPE]: async (token, { store, webKeys }) => {
    await compactVerify(token, webKeys.active.publicKey);
    const claims = decodeJwt(token);
    if (claims[RESOURCE_OWNER_CLAIM] === undefined) return { user: undefined };
    return { user: store.users.get(claims.sub ?? ""), audience: [claims.aud ?? []].flat() };
  },
  // Signed by the application in the user's name.
  [JWT_TYPE]: async (token, { store, issuer, application }) => {
    const findKey = (_: string, keyId: string): string | undefined => application.keys.get(keyId)?.publicKey;
    const userId = await verifyAssertion(token, issuer, store.now(), findKey);
    const { scope } = decodeJwt(token);
    return {
      user: store.users.get(userId ?? ""),
      scopes: String(scope ?? "")
        .split(" ")
        .filter(Boolean),
    };
  },
  [USER_ID_TYPE]: (token, { store }) => ({ user: store.users.get(token) }),
};

/** Of the access tokens that the endpoint issued, only those count that have the application as an audience. */
function verifyAccessToken(token: string, { store, application }: ExchangeContext): Verified {
  const known = store.tokens.get(token);
  if (known === undefined || known.expiresAt <= store.now()) return { user: undefined };
  const { userId, issued, scopes = [], audience = [] } = known;
  const { clientId, projectId } = application;
  const user = store.users.get(userId);
  if (!issued) return { user, scopes: PAT_SCOPES, audience: [clientId, projectId] };
  const isMeant = audience.includes(clientId) || audience.includes(projectId);
  return { user: isMeant ? user : undefined, scopes, audience };
}

/**
 * Token exchange (RFC 8693), as the server does it: an application trades a token for another one of the same user or,
 * with an actor's token next to it, for one of an impersonation.
 */
export async function tokenExchangeGrant(form: URLSearchParams, context: ExchangeContext): Promise<Grant> {
  const types = Object.keys(VERIFY);
  const subject = await verify(form, "subject_token", types, context);
  const subjectType = form.get("subject_token_type") ?? "";
  const isImpersonation =
    subjectType === USER_ID_TYPE || subjectType === JWT_TYPE || (form.get("actor_token") ?? "") !== "";
  const actor = isImpersonation
    ? await verify(form, "actor_token", [ACCESS_TOKEN_TYPE, ID_TOKEN_TYPE], context)
    : subject;
  const withoutScopes = isImpersonation && (subjectType === USER_ID_TYPE || subjectType === ID_TOKEN_TYPE);
  return {
    user: subject.user,
    clientId: context.application.clientId,
    audience: decideAudience(form, subject, actor),
    scopes: decideScopes(form, subject, actor, withoutScopes),
    actor: isImpersonation ? actor.user : undefined,
  };
}

type Good = Verified & { readonly user: User };

async function verify(
  form: URLSearchParams,
  name: "subject_token" | "actor_token",
  types: readonly string[],
  context: ExchangeContext,
): Promise<Good> {
  const token = form.get(name) ?? "";
  const type = form.get(`${name}_type`) ?? "";
  if (name === "subject_token") {
    if (token === "") throw new OAuthError("invalid_request", "subject_token missing");
    if (type === "") throw new OAuthError("invalid_request", "subject_token_type missing");
    if (!types.includes(type)) throw new OAuthError("invalid_request", "subject_token_type is not supported");
  }
  const verifier = types.includes(type) ? VERIFY[type] : undefined;
  const verified = await (async () => verifier?.(token, context))().catch(() => undefined);
  if (verified?.user?.state !== "active") throw new OAuthError("invalid_request", `${name} invalid`);
  return { ...verified, user: verified.user };
}

/** Those of the subject or, if it has none, of the actor; or what is asked for, if one of the two has it. */
function decideAudience(form: URLSearchParams, subject: Verified, actor: Verified): readonly string[] {
  const asked = form.getAll("audience");
  const [first = [], second = []] = [subject.audience, actor.audience];
  if (asked.length === 0) return first.length > 0 ? first : second;
  const unknown = asked.find((one) => !first.includes(one) && !second.includes(one));
  if (unknown === undefined) return asked;
  throw new OAuthError("invalid_target", `audience "${unknown}" not found in subject or actor token`);
}

function decideScopes(
  form: URLSearchParams,
  subject: Verified,
  actor: Verified,
  withoutScopes: boolean,
): readonly string[] {
  const [first = [], second = []] = [subject.scopes, actor.scopes];
  const asked = [parseScopes(form), first, second].find((scopes) => scopes.length > 0);
  if (asked === undefined) throw new OAuthError("invalid_request", NO_SCOPE);
  const unknown = asked.find(
    (scope) => !first.includes(scope) && !second.includes(scope) && !(withoutScopes && !grantsAccess(scope)),
  );
  if (unknown === undefined) return asked;
  throw new OAuthError("invalid_scope", `scope "${unknown}" not found in subject or actor token`);
}
