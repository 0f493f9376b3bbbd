import type { HttpRequest, HttpResponse } from "../net/http.ts";
import type { Store } from "../state/model/store.ts";
import type { Token } from "../state/model/token.ts";
import type { User } from "../state/model/user.ts";
import { newAggregate, writeEvents } from "../state/store.ts";
import { issueToken } from "../state/tokens.ts";
import { authenticateApplication } from "./client-authentication.ts";
import { clientCredentialsGrant } from "./client-credentials.ts";
import { oauthResponse, parseForm, respondOauth } from "./form.ts";
import {
  API_PROJECT,
  audienceFrom,
  type Grant,
  NO_SCOPE,
  parseScopes,
  RESOURCE_OWNER_CLAIM,
  RESOURCE_OWNER_SCOPE,
} from "./grant.ts";
import { tokenClaims } from "./introspection.ts";
import { jwtBearerGrant } from "./jwt-bearer.ts";
import { OAuthError } from "./oauth-error.ts";
import { ACCESS_TOKEN_TYPE, tokenExchangeGrant } from "./token-exchange.ts";
import { ownClaims } from "./user-claims.ts";
import { signJwt, type WebKeys } from "./web-key.ts";

/** What the token endpoint works with. */
export interface TokenEndpoint {
  readonly store: Store;
  readonly webKeys: WebKeys;
  /** How long access tokens last. */
  readonly tokenLifetimeSeconds: number;
}

/** Answers a token request. */
export async function answerTokenRequest(
  endpoint: TokenEndpoint,
  request: HttpRequest,
  issuer: string,
): Promise<HttpResponse> {
  return await oauthResponse(async () => {
    const { grant, more } = await decide(endpoint, parseForm(request), request, issuer);
    if (grant.scopes.length === 0) throw new OAuthError("invalid_request", NO_SCOPE);
    return respondOauth(200, { ...(await issue(endpoint, grant, issuer)), ...more });
  });
}

/** What a request is granted. */
interface Decision {
  readonly grant: Grant;
  readonly more?: object | undefined;
}

async function decide(
  { store, webKeys }: TokenEndpoint,
  form: URLSearchParams,
  request: HttpRequest,
  issuer: string,
): Promise<Decision> {
  const authorization = request.headers.get("authorization");
  const type = form.get("grant_type") ?? "";
  switch (type) {
    case "":
      throw new OAuthError("invalid_request", "grant_type missing");
    case "client_credentials":
      return { grant: grantOwnToken(clientCredentialsGrant(store, form, authorization), form, BY_SECRET) };
    case "urn:ietf:params:oauth:grant-type:jwt-bearer":
      return { grant: grantOwnToken(await jwtBearerGrant(store, form, issuer), form, BY_KEY) };
    case "urn:ietf:params:oauth:grant-type:token-exchange": {
      const application = await authenticateApplication(store, form, authorization, issuer);
      const grant = await tokenExchangeGrant(form, { store, webKeys, issuer, application });
      return { grant, more: { issued_token_type: ACCESS_TOKEN_TYPE, scope: grant.scopes.join(" ") } };
    }
    default:
      throw new OAuthError("unsupported_grant_type", `${type} not supported`);
  }
}

/** A token of a user for itself: its audiences are those that the scopes name. */
function grantOwnToken(user: User, form: URLSearchParams, how: Pick<Grant, "amr" | "authMethods">): Grant {
  const scopes = parseScopes(form);
  const accessTokenType = user.machine?.accessTokenType;
  return { user, scopes, audience: audienceFrom(scopes), clientId: user.username, accessTokenType, ...how };
}

/** What is told of a sign-in, and what events have for it. */
const BY_SECRET = { amr: ["pwd"], authMethods: [4] };
const BY_KEY = { authMethods: [9] };

async function issue(endpoint: TokenEndpoint, grant: Grant, issuer: string): Promise<object> {
  const { store, webKeys, tokenLifetimeSeconds } = endpoint;
  const { user, scopes, audience, clientId } = grant;
  const now = store.now();
  const token: Token = {
    id: `V2_${store.newId()}-at_${store.newId()}`,
    userId: user.id,
    clientId,
    amr: grant.amr,
    createdAt: now,
    expiresAt: now + tokenLifetimeSeconds * 1000,
    forApi: audience.includes(API_PROJECT),
    issued: true,
    scopes,
    audience,
    actorId: grant.actor?.id,
  };
  const session = newAggregate(store, {
    aggregateType: "oidc_session",
    id: `V2_${store.newId()}`,
    resourceOwner: user.resourceOwner,
  });
  const payload = {
    authMethods: [...(grant.authMethods ?? [])],
    userID: user.id,
    userResourceOwner: user.resourceOwner,
    clientID: clientId ?? "",
  };
  writeEvents(store, session, { type: "oidc_session.added", payload });
  const jwt =
    grant.accessTokenType === "jwt" ? await signAccessToken(endpoint, token, user, issuer) : undefined;
  const response = {
    access_token: issueToken(store, token, jwt),
    token_type: "Bearer",
    expires_in: tokenLifetimeSeconds,
  };
  if (!scopes.includes("openid")) return response;
  const seconds = Math.floor(now / 1000);
  // Expired at once, as the server's are.
  const claims = { iss: issuer, sub: user.id, aud: [...audience, clientId], iat: seconds, exp: seconds };
  const client = { azp: clientId, client_id: clientId, auth_time: seconds };
  const owner = scopes.includes(RESOURCE_OWNER_SCOPE) ? { [RESOURCE_OWNER_CLAIM]: user.resourceOwner } : {};
  return { ...response, id_token: await signJwt(webKeys.active, { ...claims, ...client, ...owner }) };
}

/** An access token that its receiver can read. It tells no scopes, and nothing of how the user signed in. */
async function signAccessToken(
  { store, webKeys }: TokenEndpoint,
  token: Token,
  user: User,
  issuer: string,
): Promise<string> {
  const { auth_time: _, amr: __, ...claims } = tokenClaims(token, issuer);
  const { audience = [], clientId = "", scopes = [] } = token;
  return await signJwt(webKeys.active, {
    ...claims,
    sub: user.id,
    aud: audience.length > 0 ? [...audience] : [clientId],
    ...ownClaims(store, { user, scopes }),
  });
}
