import { type HttpRequest, type HttpResponse, respond } from "../net/http.ts";
import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { issueToken } from "../state/tokens.ts";
import { authenticateApplication } from "./client-authentication.ts";
import { clientCredentialsGrant } from "./client-credentials.ts";
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

/** This scope makes a token good for the API. */
const API_SCOPE = "urn:zitadel:iam:org:project:id:zitadel:aud";

const NO_SCOPE =
  "The scope of your request is missing. Please ensure some scopes are requested. " +
  "If you have any questions, you may contact the administrator of the application.";

/** Answers a token request. */
export async function answerTokenRequest(
  endpoint: TokenEndpoint,
  request: HttpRequest,
  issuer: string,
): Promise<HttpResponse> {
  try {
    const form = formOf(request);
    const { user, more } = await grant(endpoint, form, request, issuer);
    const scopes = (form.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
    if (scopes.length === 0) throw new OAuthError("invalid_request", NO_SCOPE);
    return json(200, { ...(await issue(endpoint, user, scopes, issuer)), ...more });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return json(error.status, { error: error.error, error_description: error.message });
  }
}

/** Whom the token is for, and what the answer says besides. */
interface Granted {
  readonly user: User;
  readonly more?: object | undefined;
}

async function grant(
  { store, webKey }: TokenEndpoint,
  form: URLSearchParams,
  request: HttpRequest,
  issuer: string,
): Promise<Granted> {
  const authorization = request.headers.get("authorization");
  const type = form.get("grant_type") ?? "";
  switch (type) {
    case "":
      throw new OAuthError("invalid_request", "grant_type missing");
    case "client_credentials":
      return { user: clientCredentialsGrant(store, form, authorization) };
    case "urn:ietf:params:oauth:grant-type:jwt-bearer":
      return { user: await jwtBearerGrant(store, form, issuer) };
    case "urn:ietf:params:oauth:grant-type:token-exchange":
      await authenticateApplication(store, form, authorization, issuer);
      return {
        user: await tokenExchangeGrant(form, { store, webKey, issuer }),
        more: { issued_token_type: ACCESS_TOKEN_TYPE, scope: form.get("scope") ?? "" },
      };
    default:
      throw new OAuthError("unsupported_grant_type", `${type} not supported`);
  }
}

async function issue(
  { store, webKey, tokenLifetimeSeconds }: TokenEndpoint,
  user: User,
  scopes: readonly string[],
  issuer: string,
): Promise<object> {
  const now = store.now();
  const token = {
    access_token: issueToken(store, {
      userId: user.id,
      expiresAt: now + tokenLifetimeSeconds * 1000,
      forApi: scopes.includes(API_SCOPE),
      issued: true,
    }),
    token_type: "Bearer",
    expires_in: tokenLifetimeSeconds,
  };
  if (!scopes.includes("openid")) return token;
  const seconds = Math.floor(now / 1000);
  // Expired at once, as the server's are.
  const claims = { iss: issuer, sub: user.id, aud: [user.id], iat: seconds, exp: seconds };
  return { ...token, id_token: await signJwt(webKey, claims) };
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
