import type { JsonObject } from "@bufbuild/protobuf";
import type { HttpRequest, HttpResponse } from "../net/http.ts";
import type { ClientApplication } from "../state/model/application.ts";
import type { Store } from "../state/model/store.ts";
import type { Token } from "../state/model/token.ts";
import { findActiveToken } from "../state/tokens.ts";
import { authenticateIntrospection, parseClientCredentials } from "./client-authentication.ts";
import { oauthResponse, parseForm, respondOauth } from "./form.ts";
import { OAuthError } from "./oauth-error.ts";
import { ROLE_SCOPE } from "./scopes.ts";
import { type TokenIssuer, tokenClaims } from "./tokens.ts";
import { ownClaims, roleClaims, standardClaims } from "./user-claims.ts";

/** Handles an introspection request (RFC 7662) like the server. */
export async function handleIntrospection(
  issuer: Pick<TokenIssuer, "store" | "executions">,
  request: HttpRequest,
  origin: string,
): Promise<HttpResponse> {
  const { store } = issuer;
  return await oauthResponse(async () => {
    const form = parseForm(request);
    const credentials = parseClientCredentials(form, request);
    if (credentials.secret === "" && credentials.assertion === "") {
      throw new OAuthError("invalid_client", "client must be authenticated");
    }
    const bearer = form.get("token") ?? "";
    if (bearer === "") throw new OAuthError("invalid_request", "token missing");
    const application = await authenticateIntrospection(store, credentials, origin);
    const told = application && (await introspect(issuer, application, bearer, origin));
    return respondOauth(200, told ?? { active: false });
  });
}

/** The response about an active token that is meant for the application; any other token is inactive. */
async function introspect(
  { store, executions }: Pick<TokenIssuer, "store" | "executions">,
  { clientId, projectId }: ClientApplication,
  bearer: string,
  origin: string,
): Promise<JsonObject | undefined> {
  const found = findActiveToken(store, bearer);
  if (found?.token.id === undefined) return undefined;
  const { token, user } = found;
  const { scopes, audience } = readGrant(store, token, clientId, projectId);
  if (!audience.includes(clientId) && !audience.includes(projectId)) return undefined;
  const request = { user, scopes, projectId, ownProjectOnly: true };
  const standard = standardClaims(store, request);
  const username = standard["preferred_username"];
  return {
    active: true,
    scope: scopes.join(" "),
    token_type: "Bearer",
    ...tokenClaims(token, origin),
    aud: [...audience],
    ...(username === undefined ? {} : { username }),
    ...(await executions.onClaims("preuserinfo", {
      user,
      claims: { ...standard, ...ownClaims(store, request), ...roleClaims(store, request) },
      clientId,
    })),
  };
}

/** A personal access token is meant for every application, and has all roles in the application's project. */
export function readGrant(
  store: Store,
  { issued, scopes = [], audience = [] }: Token,
  clientId: string,
  projectId: string,
): { readonly scopes: readonly string[]; readonly audience: readonly string[] } {
  if (issued) return { scopes, audience };
  const roles = [...(store.projects.get(projectId)?.roles.keys() ?? [])];
  return {
    scopes: [...scopes, ...roles.map((role) => `${ROLE_SCOPE}${role}`)],
    audience: [clientId, projectId],
  };
}
