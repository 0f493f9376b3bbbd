import type { JsonObject } from "@bufbuild/protobuf";
import type { HttpRequest, HttpResponse } from "../net/http.ts";
import type { ClientApplication } from "../state/model/application.ts";
import type { Store } from "../state/model/store.ts";
import type { Token } from "../state/model/token.ts";
import { findActiveToken } from "../state/tokens.ts";
import { authenticateIntrospection, parseClientCredentials } from "./client-authentication.ts";
import { parseForm, respondOauth, respondOrFail } from "./form.ts";
import { OAuthError } from "./oauth-error.ts";
import { ROLE_SCOPE } from "./scopes.ts";
import { createTokenClaims, type TokenIssuer } from "./tokens.ts";
import { createOwnClaims, createRoleClaims, createStandardClaims } from "./user-claims.ts";

/** Handles an introspection request (RFC 7662). */
export async function handleIntrospection(
  issuer: Pick<TokenIssuer, "store" | "executions">,
  request: HttpRequest,
  origin: string,
): Promise<HttpResponse> {
  const { store } = issuer;
  return await respondOrFail(async () => {
    const form = parseForm(request);
    const credentials = parseClientCredentials(form, request);
    if (credentials.secret === "" && credentials.assertion === "") {
      throw new OAuthError("invalid_client", "client must be authenticated");
    }
    const bearer = form.get("token") ?? "";
    if (bearer === "") throw new OAuthError("invalid_request", "token missing");
    const application = await authenticateIntrospection(store, credentials, origin);
    const response = application && (await introspect(issuer, application, bearer, origin));
    return respondOauth(200, response ?? { active: false });
  });
}

/** Creates the response about an active token that is meant for the application. Undefined for any other token. */
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
  const request = { user, scopes, origin, projectId, ownProjectOnly: true };
  const standard = createStandardClaims(store, request);
  const username = standard["preferred_username"];
  return {
    active: true,
    scope: scopes.join(" "),
    token_type: "Bearer",
    ...createTokenClaims(token, origin),
    aud: [...audience],
    ...(username === undefined ? {} : { username }),
    ...(await executions.onClaims("preuserinfo", {
      user,
      claims: { ...standard, ...createOwnClaims(store, request), ...createRoleClaims(store, request) },
      clientId,
    })),
  };
}

/**
 * Reads the scopes and audience of a token. Personal access tokens are for every application, with all roles of its
 * project.
 */
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
