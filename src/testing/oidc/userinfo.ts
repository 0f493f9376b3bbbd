import type { HttpRequest, HttpResponse } from "../net/http.ts";
import { findClient } from "../state/applications.ts";
import { findActiveToken } from "../state/tokens.ts";
import { parseForm, respondOauth, respondOrFail } from "./form.ts";
import { OAuthError } from "./oauth-error.ts";
import type { TokenIssuer } from "./tokens.ts";
import { createOwnClaims, createRoleClaims, createStandardClaims } from "./user-claims.ts";

/** Handles a userinfo request (OpenID Connect Core 1.0, section 5.3). */
export async function handleUserinfo(
  { store, executions }: Pick<TokenIssuer, "store" | "executions">,
  request: HttpRequest,
  origin: string,
): Promise<HttpResponse> {
  return await respondOrFail(async () => {
    const header = /^Bearer (.*)$/.exec(request.headers.get("authorization") ?? "")?.[1];
    const bearer = header ?? parseForm(request).get("access_token") ?? "";
    if (bearer === "") throw new OAuthError("invalid_request", "access token missing", 401);
    const found = findActiveToken(store, bearer);
    if (found?.token.id === undefined) throw new OAuthError("access_denied", "access token invalid", 401);
    const { user, token } = found;
    const projectId = findClient(store, token.clientId ?? "")?.projectId;
    const claimsRequest = { user, scopes: token.scopes ?? [], origin, projectId };
    const claims = {
      ...createStandardClaims(store, claimsRequest),
      ...createOwnClaims(store, claimsRequest),
      ...createRoleClaims(store, claimsRequest),
    };
    const { clientId } = token;
    return respondOauth(200, await executions.onClaims("preuserinfo", { user, claims, clientId }));
  });
}
