import type { JsonObject } from "@bufbuild/protobuf";
import type { HttpRequest, HttpResponse } from "../net/http.ts";
import type { ClientApplication } from "../state/model/application.ts";
import type { Store } from "../state/model/store.ts";
import type { Token } from "../state/model/token.ts";
import { authenticateApplication } from "./client-authentication.ts";
import { oauthResponse, parseForm, respondOauth } from "./form.ts";
import { OAuthError } from "./oauth-error.ts";
import { ownClaims, standardClaims } from "./user-claims.ts";

/** Answers an introspection (RFC 7662) as the server does. */
export async function answerIntrospection(
  { store }: { readonly store: Store },
  request: HttpRequest,
  issuer: string,
): Promise<HttpResponse> {
  return await oauthResponse(async () => {
    const form = parseForm(request);
    const application = await authenticate(store, form, request, issuer);
    const bearer = form.get("token") ?? "";
    return respondOauth(200, introspect(store, application, bearer, issuer) ?? { active: false });
  });
}

/** In the server's order: what is missing, then who asks, by one refusal for all that can be wrong. */
async function authenticate(
  store: Store,
  form: URLSearchParams,
  { headers }: HttpRequest,
  issuer: string,
): Promise<ClientApplication> {
  const authorization = headers.get("authorization");
  const assertion = form.get("client_assertion");
  if (assertion !== null && form.get("client_assertion_type") !== ASSERTION_TYPE) {
    const type = form.get("client_assertion_type") ?? "";
    throw new OAuthError("invalid_request", `invalid client_assertion_type ${type}`);
  }
  if (assertion === null && authorization === null) {
    if (!form.has("client_id")) {
      throw new OAuthError("invalid_request", "client_id or client_assertion must be provided");
    }
    if (!form.has("client_secret")) throw new OAuthError("invalid_client", "client must be authenticated");
  }
  if ((form.get("token") ?? "") === "") throw new OAuthError("invalid_request", "token missing");
  try {
    return await authenticateApplication(store, form, authorization, issuer);
  } catch (error) {
    throw error instanceof OAuthError ? new OAuthError("unauthorized_client", "") : error;
  }
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** What is told of an active token that is meant for the application; of no other one anything is told. */
function introspect(
  store: Store,
  { clientId, projectId }: ClientApplication,
  bearer: string,
  issuer: string,
): JsonObject | undefined {
  const token = store.tokens.get(bearer);
  const user = store.users.get(token?.userId ?? "");
  if (token?.id === undefined || token.expiresAt <= store.now() || user?.state !== "active") return undefined;
  const { scopes, audience } = readGrant(store, token, clientId, projectId);
  if (!audience.includes(clientId) && !audience.includes(projectId)) return undefined;
  const request = { user, scopes, projectId, ownProjectOnly: true };
  const standard = standardClaims(request);
  const username = standard["preferred_username"];
  return {
    active: true,
    scope: scopes.join(" "),
    token_type: "Bearer",
    ...tokenClaims(token, issuer),
    aud: [...audience],
    ...standard,
    ...(username === undefined ? {} : { username }),
    ...ownClaims(store, request),
  };
}

/** A personal access token is for whoever asks, and tells every role in the project of that application. */
function readGrant(
  store: Store,
  { issued, scopes = [], audience = [] }: Token,
  clientId: string,
  projectId: string,
): { readonly scopes: readonly string[]; readonly audience: readonly string[] } {
  if (issued) return { scopes, audience };
  const roles = [...(store.projects.get(projectId)?.roles.keys() ?? [])];
  return {
    scopes: [...scopes, ...roles.map((role) => `urn:zitadel:iam:org:project:role:${role}`)],
    audience: [clientId, projectId],
  };
}

/** The claims about a token itself, as introspection and JWTs have them. */
export function tokenClaims(token: Token, issuer: string): JsonObject {
  const { clientId, amr, actorId, id = "" } = token;
  const issuedAt = Math.floor((token.createdAt ?? 0) / 1_000);
  return {
    iss: issuer,
    jti: id,
    iat: issuedAt,
    nbf: issuedAt,
    exp: Math.floor(token.expiresAt / 1_000),
    ...(clientId === undefined ? {} : { client_id: clientId }),
    ...(amr === undefined ? {} : { amr: [...amr] }),
    ...(token.issued ? { auth_time: issuedAt } : {}),
    ...(actorId === undefined ? {} : { act: { iss: issuer, sub: actorId } }),
  };
}
