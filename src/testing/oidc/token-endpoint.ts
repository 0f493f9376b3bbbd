import { type HttpRequest, type HttpResponse, respond } from "../net/http.ts";
import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { issueToken } from "../state/tokens.ts";
import { authenticateApplication } from "./client-authentication.ts";
import { clientCredentialsGrant } from "./client-credentials.ts";
import {
  API_PROJECT,
  audienceFrom,
  type Grant,
  NO_SCOPE,
  parseScopes,
  RESOURCE_OWNER_CLAIM,
  RESOURCE_OWNER_SCOPE,
} from "./grant.ts";
import { jwtBearerGrant } from "./jwt-bearer.ts";
import { OAuthError } from "./oauth-error.ts";
import { ACCESS_TOKEN_TYPE, tokenExchangeGrant } from "./token-exchange.ts";
import { signJwt, type WebKey } from "./web-key.ts";

/** What the token endpoint works with. */
export interface TokenEndpoint {
  readonly store: Store;
  readonly webKey: WebKey;
  /** How long access tokens last. */
  readonly tokenLifetimeSeconds: number;
}

/** Answers a token request. */
export async function answerTokenRequest(
  endpoint: TokenEndpoint,
  request: HttpRequest,
  issuer: string,
): Promise<HttpResponse> {
  try {
    const form = formOf(request);
    const { grant, more } = await decide(endpoint, form, request, issuer);
    if (grant.scopes.length === 0) throw new OAuthError("invalid_request", NO_SCOPE);
    return json(200, { ...(await issue(endpoint, grant, issuer)), ...more });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return json(error.status, { error: error.error, error_description: error.message });
  }
}

/** What a request is granted. */
interface Decision {
  readonly grant: Grant;
  readonly more?: object | undefined;
}

async function decide(
  { store, webKey }: TokenEndpoint,
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
      return { grant: grantOwnToken(clientCredentialsGrant(store, form, authorization), form) };
    case "urn:ietf:params:oauth:grant-type:jwt-bearer":
      return { grant: grantOwnToken(await jwtBearerGrant(store, form, issuer), form) };
    case "urn:ietf:params:oauth:grant-type:token-exchange": {
      const application = await authenticateApplication(store, form, authorization, issuer);
      const grant = await tokenExchangeGrant(form, { store, webKey, issuer, application });
      return { grant, more: { issued_token_type: ACCESS_TOKEN_TYPE, scope: grant.scopes.join(" ") } };
    }
    default:
      throw new OAuthError("unsupported_grant_type", `${type} not supported`);
  }
}

/** A token of a user for itself: its audiences are those that the scopes name. */
function grantOwnToken(user: User, form: URLSearchParams): Grant {
  const scopes = parseScopes(form);
  return { user, scopes, audience: audienceFrom(scopes) };
}

async function issue(
  { store, webKey, tokenLifetimeSeconds }: TokenEndpoint,
  { user, scopes, audience, actor }: Grant,
  issuer: string,
): Promise<object> {
  const now = store.now();
  const token = {
    access_token: issueToken(store, {
      userId: user.id,
      expiresAt: now + tokenLifetimeSeconds * 1000,
      forApi: audience.includes(API_PROJECT),
      issued: true,
      scopes,
      audience,
      actorId: actor?.id,
    }),
    token_type: "Bearer",
    expires_in: tokenLifetimeSeconds,
  };
  if (!scopes.includes("openid")) return token;
  const seconds = Math.floor(now / 1000);
  // Expired at once, as the server's are.
  const claims = { iss: issuer, sub: user.id, aud: [user.id], iat: seconds, exp: seconds };
  const owner = scopes.includes(RESOURCE_OWNER_SCOPE) ? { [RESOURCE_OWNER_CLAIM]: user.resourceOwner } : {};
  return { ...token, id_token: await signJwt(webKey, { ...claims, ...owner }) };
}

/** Parameters in the query count as well; a body of another type has none. */
function formOf({ headers, body, query }: HttpRequest): URLSearchParams {
  const form = new URLSearchParams(query);
  if (/^application\/x-www-form-urlencoded/i.test(headers.get("content-type") ?? "")) {
    for (const [name, value] of new URLSearchParams(Buffer.from(body).toString("utf8")))
      form.set(name, value);
  }
  return form;
}

function json(status: number, value: object): HttpResponse {
  return respond(status, "application/json", `${JSON.stringify(value)}\n`);
}
