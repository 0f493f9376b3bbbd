import { checkPermission } from "../access/permissions.ts";
import type { OidcApplication } from "../state/model/application.ts";
import type { TokenActor } from "../state/model/token.ts";
import type { User } from "../state/model/user.ts";
import { createOidcSession } from "../state/oidc-sessions.ts";
import { findActiveToken } from "../state/tokens.ts";
import { readIdToken } from "./id-token-hint.ts";
import { readGrant } from "./introspection.ts";
import { OAuthError } from "./oauth-error.ts";
import { filterKnownScopes, grantsAccess, parseScopes, RESOURCE_OWNER_CLAIM } from "./scopes.ts";
import {
  getAccessTokenSeconds,
  issueTokens,
  signIdToken,
  type TokenIssuer,
  toApplicationClient,
} from "./tokens.ts";
import { verifySignedJwt } from "./verify-assertion.ts";

const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";
const REFRESH_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:refresh_token";
const ID_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:id_token";
const JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt";
const USER_ID_TYPE = "urn:zitadel:params:oauth:token-type:user_id";
const TYPES: readonly string[] = [
  ACCESS_TOKEN_TYPE,
  REFRESH_TOKEN_TYPE,
  ID_TOKEN_TYPE,
  JWT_TYPE,
  USER_ID_TYPE,
];
/** The types that an actor's token can have. */
const ACTOR_TYPES: readonly string[] = [ACCESS_TOKEN_TYPE, ID_TOKEN_TYPE, REFRESH_TOKEN_TYPE];

/** The context of an exchange. */
interface ExchangeContext extends TokenIssuer {
  readonly origin: string;
  /** The application that exchanges the token. */
  readonly application: OidcApplication;
}

/** A verified token. */
interface Verified {
  readonly user: User;
  readonly issuer: string;
  readonly scopes?: readonly string[] | undefined;
  readonly audience?: readonly string[] | undefined;
  readonly amr?: readonly string[] | undefined;
  readonly authTime?: number | undefined;
  readonly actor?: TokenActor | undefined;
}

type Verify = (token: string, context: ExchangeContext) => Promise<Verified | undefined>;

/** Verifies a token of each type. Rejects, or returns undefined, if it is invalid. */
const VERIFY: Readonly<Record<string, Verify>> = {
  [ACCESS_TOKEN_TYPE]: async (bearer, { store, application, origin }) => {
    const found = findActiveToken(store, bearer);
    if (found?.token.id === undefined) return undefined;
    const { user, token } = found;
    const { clientId, projectId } = application;
    const { scopes, audience } = readGrant(store, token, clientId, projectId);
    const isMeant = audience.includes(clientId) || audience.includes(projectId);
    return isMeant
      ? { user, issuer: origin, scopes, audience, amr: token.amr, actor: token.actor }
      : undefined;
  },
  [ID_TOKEN_TYPE]: async (token, context) => {
    const claims = await readIdToken(context, token, context.origin);
    const user = context.store.users.get(claims?.sub ?? "");
    // Without the organization, the server mistakes the token for a user id.
    if (claims?.[RESOURCE_OWNER_CLAIM] === undefined || user === undefined) return undefined;
    const { amr, auth_time: authTime, exp = 0 } = claims;
    if (exp * 1_000 <= context.store.now()) return undefined;
    return {
      user,
      issuer: context.origin,
      audience: [claims.aud ?? []].flat(),
      amr: Array.isArray(amr) ? amr.map(String) : [],
      authTime: typeof authTime === "number" ? authTime * 1_000 : undefined,
    };
  },
  // The application signs this token on behalf of the user.
  [JWT_TYPE]: async (token, { store, origin, application }) => {
    const findKey = (_: string, keyId: string): string | undefined => application.keys.get(keyId)?.publicKey;
    const claims = await verifySignedJwt(token, origin, store.now(), findKey);
    const user = store.users.get(claims?.sub ?? "");
    if (claims === undefined || user === undefined) return undefined;
    const { scope, iat = 0, iss = "" } = claims;
    const scopes = typeof scope === "string" ? scope.split(" ") : [];
    return { user, issuer: iss, scopes, authTime: iat * 1_000 };
  },
  [USER_ID_TYPE]: async (token, { store }) => {
    const user = store.users.get(token);
    return user && { user, issuer: "" };
  },
};

/**
 * Handles the token exchange grant (RFC 8693). An application exchanges a token for another one of the same user or,
 * with an actor's token, for one that impersonates the user.
 */
export async function exchangeToken(form: URLSearchParams, context: ExchangeContext): Promise<object> {
  checkParameters(form);
  const subject = await verify(form, "subject_token", TYPES, context);
  const subjectType = form.get("subject_token_type") ?? "";
  const isImpersonation =
    subjectType === USER_ID_TYPE || subjectType === JWT_TYPE || (form.get("actor_token") ?? "") !== "";
  if (isImpersonation && context.store.settings.security?.enableImpersonation !== true) {
    throw new OAuthError("invalid_request", "Errors.TokenExchange.Impersonation.PolicyDisabled", 403);
  }
  const actor = isImpersonation ? await verify(form, "actor_token", ACTOR_TYPES, context) : subject;
  const withoutScopes = isImpersonation && (subjectType === USER_ID_TYPE || subjectType === ID_TOKEN_TYPE);
  const audience = decideAudience(form, subject, actor);
  const scopes = decideScopes(form, context, { subject, actor, withoutScopes });
  const grant = {
    user: subject.user,
    audience,
    scopes,
    amr: actor.amr,
    authTime: actor.authTime,
    actor: isImpersonation
      ? { userId: actor.user.id, issuer: actor.issuer, actor: actor.actor }
      : actor.actor,
  };
  return await respond(
    context,
    form.get("requested_token_type") ?? "",
    grant,
    isImpersonation ? actor : undefined,
  );
}

/** Throws the errors that the server finds before it verifies a token. */
function checkParameters(form: URLSearchParams): void {
  const invalid = (text: string): OAuthError => new OAuthError("invalid_request", text);
  if ((form.get("subject_token") ?? "") === "") throw invalid("subject_token missing");
  if ((form.get("subject_token_type") ?? "") === "") throw invalid("subject_token_type missing");
  for (const name of ["subject_token_type", "requested_token_type", "actor_token_type"]) {
    const type = form.get(name) ?? "";
    if (type !== "" && !TYPES.includes(type)) throw invalid(`${name} is not supported`);
  }
  if (form.has("resource")) throw new OAuthError("invalid_target", "resource parameter not supported");
}

async function verify(
  form: URLSearchParams,
  name: "subject_token" | "actor_token",
  types: readonly string[],
  context: ExchangeContext,
): Promise<Verified> {
  const type = form.get(`${name}_type`) ?? "";
  const verifier = types.includes(type) ? VERIFY[type] : undefined;
  const verified = await verifier?.(form.get(name) ?? "", context).catch(() => undefined);
  if (verified === undefined) throw new OAuthError("invalid_request", `${name} invalid`);
  return verified;
}

/** The requested audiences, which the subject or the actor must have. Default: the subject's, or else the actor's. */
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
  { store, application }: ExchangeContext,
  tokens: { readonly subject: Verified; readonly actor: Verified; readonly withoutScopes: boolean },
): readonly string[] {
  const [first = [], second = []] = [tokens.subject.scopes, tokens.actor.scopes];
  const requested = parseScopes(form).filter((scope) => scope !== "");
  const asked = [requested, first, second].find((scopes) => scopes.length > 0) ?? [];
  const unknown = asked.find(
    (scope) =>
      !first.includes(scope) && !second.includes(scope) && !(tokens.withoutScopes && !grantsAccess(scope)),
  );
  if (unknown !== undefined) {
    throw new OAuthError("invalid_scope", `scope "${unknown}" not found in subject or actor token`);
  }
  return filterKnownScopes(asked, [...(store.projects.get(application.projectId)?.roles.keys() ?? [])]);
}

type ExchangeGrant = Omit<Parameters<typeof createOidcSession>[1], "clientId">;

async function respond(
  context: ExchangeContext,
  requestedType: string,
  grant: ExchangeGrant,
  impersonator: Verified | undefined,
): Promise<object> {
  const { store, application, origin } = context;
  const client = toApplicationClient(application);
  const scope = grant.scopes.join(" ");
  if (requestedType === ID_TOKEN_TYPE) {
    const { user, scopes, audience, amr, authTime, actor } = grant;
    const subject = { userId: user.id, scopes, audience, amr, authTime, actor, nonce: "", sessionId: "" };
    const idToken = await signIdToken(context, subject, client, origin);
    return {
      access_token: idToken,
      issued_token_type: requestedType,
      token_type: "N_A",
      expires_in: getAccessTokenSeconds(context),
      ...(scope === "" ? {} : { scope }),
    };
  }
  const issuedType = requestedType === "" ? ACCESS_TOKEN_TYPE : requestedType;
  if (issuedType !== ACCESS_TOKEN_TYPE && issuedType !== JWT_TYPE) {
    throw new OAuthError("invalid_request", "Errors.TokenExchange.Token.TypeNotSupported");
  }
  if (grant.user.state !== "active") throw new OAuthError("invalid_request", "Errors.User.NotActive");
  if (impersonator !== undefined) {
    checkPermission(store, impersonator.user.id, "impersonation", {
      organizationId: grant.user.resourceOwner,
    });
  }
  const session = createOidcSession(store, {
    ...grant,
    clientId: application.clientId,
    impersonated: impersonator !== undefined,
    needsRefreshToken: grant.scopes.includes("offline_access"),
  });
  const accessTokenType = issuedType === JWT_TYPE ? "jwt" : "bearer";
  const { access_token, ...rest } = await issueTokens(
    context,
    session,
    { ...client, accessTokenType },
    origin,
  );
  return { access_token, issued_token_type: issuedType, ...rest, ...(scope === "" ? {} : { scope }) };
}
