import type { HttpRequest, HttpResponse } from "../net/http.ts";
import type { OidcApplication } from "../state/model/application.ts";
import type { OidcSession } from "../state/model/oidc.ts";
import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { createOidcSession, type NewOidcSession } from "../state/oidc-sessions.ts";
import { authenticateApplication } from "./client-authentication.ts";
import { parseForm, respondOauth, respondOrFail } from "./form.ts";
import { OAuthError } from "./oauth-error.ts";
import {
  filterKnownScopes,
  ORGANIZATION_SCOPE,
  PRIMARY_DOMAIN_SCOPE,
  parseAudience,
  parseScopes,
} from "./scopes.ts";
import { handleClientCredentialsGrant, handleJwtBearerGrant } from "./service-user-grants.ts";
import { handleCodeGrant, handleDeviceGrant, handleRefreshGrant } from "./sign-in-grants.ts";
import { exchangeToken } from "./token-exchange.ts";
import { issueTokens, type TokenIssuer, toApplicationClient, toMachineClient } from "./tokens.ts";

/** Handles a token request. */
export async function handleTokenRequest(
  issuer: TokenIssuer,
  request: HttpRequest,
  origin: string,
): Promise<HttpResponse> {
  return await respondOrFail(async () =>
    respondOauth(200, await handleGrant(issuer, parseForm(request), request, origin)),
  );
}

/** The grants of users who have signed in to an application. */
const SIGN_IN_GRANTS: Readonly<
  Record<string, (store: Store, form: URLSearchParams, application: OidcApplication) => OidcSession>
> = {
  authorization_code: handleCodeGrant,
  refresh_token: handleRefreshGrant,
  "urn:ietf:params:oauth:grant-type:device_code": handleDeviceGrant,
};

async function handleGrant(
  issuer: TokenIssuer,
  form: URLSearchParams,
  request: HttpRequest,
  origin: string,
): Promise<object> {
  const { store } = issuer;
  const credentials = issuer.credentials();
  const type = form.get("grant_type") ?? "";
  switch (type) {
    case "":
      throw new OAuthError("invalid_request", "grant_type missing");
    case "client_credentials": {
      const user = requireStoredUser(store.users, handleClientCredentialsGrant(credentials, form, request));
      const session = createOwnSession(store, user, form, BY_SECRET);
      return await issueTokens(issuer, session, toMachineClient(user), origin);
    }
    case "urn:ietf:params:oauth:grant-type:jwt-bearer": {
      const user = requireStoredUser(store.users, await handleJwtBearerGrant(credentials, form, origin));
      // The ID token has already expired when it is issued, as on the server.
      return await issueTokens(
        issuer,
        createOwnSession(store, user, form, BY_KEY),
        toMachineClient(user, 0),
        origin,
      );
    }
    case "urn:ietf:params:oauth:grant-type:token-exchange": {
      const application = await authenticateApplication(credentials, form, request, origin);
      return await exchangeToken(form, { ...issuer, origin, application });
    }
  }
  const signInGrant = SIGN_IN_GRANTS[type];
  if (signInGrant === undefined) throw new OAuthError("unsupported_grant_type", `${type} not supported`);
  const application = await authenticateApplication(credentials, form, request, origin);
  const session = signInGrant(store, form, application);
  return await issueTokens(issuer, session, toApplicationClient(application), origin);
}

/** The authentication methods of service users, for tokens and events. */
const BY_SECRET = { amr: ["pwd"], authMethods: [4] };
const BY_KEY = { amr: [], authMethods: [9] };

/** Finds the user in the store, since a projection may be outdated. Throws if the user was removed. */
function requireStoredUser(users: ReadonlyMap<string, User>, { id }: User): User {
  const user = users.get(id);
  if (user === undefined) throw new OAuthError("invalid_request", "Errors.User.NotActive");
  return user;
}

/** Creates the session of a service user. Its audiences are those that the scopes name. */
function createOwnSession(
  store: Store,
  user: User,
  form: URLSearchParams,
  how: Pick<NewOidcSession, "amr" | "authMethods">,
): OidcSession {
  const scopes = filterKnownScopes(parseScopes(form), "all").filter((scope) =>
    isOfOwnOrganization(store, user, scope),
  );
  if (user.state !== "active") throw new OAuthError("invalid_request", "Errors.User.NotActive");
  const audience = parseAudience(scopes);
  return createOidcSession(store, {
    user,
    clientId: user.username,
    scopes,
    audience,
    ...how,
    authTime: store.now(),
  });
}

/** Whether a scope is not for another organization. The server ignores scopes that are. */
function isOfOwnOrganization(store: Store, { resourceOwner }: User, scope: string): boolean {
  if (scope.startsWith(ORGANIZATION_SCOPE)) return scope.slice(ORGANIZATION_SCOPE.length) === resourceOwner;
  if (!scope.startsWith(PRIMARY_DOMAIN_SCOPE)) return true;
  const { primaryDomain } = store.organizations.get(resourceOwner) ?? {};
  return scope.slice(PRIMARY_DOMAIN_SCOPE.length) === primaryDomain;
}
