import type { HttpRequest, HttpResponse } from "../net/http.ts";
import type { OidcSession } from "../state/model/oidc.ts";
import type { Store } from "../state/model/store.ts";
import { findByRefreshToken, revokeOidcSession } from "../state/oidc-sessions.ts";
import { authenticateApplication } from "./client-authentication.ts";
import { parseForm, respondDone, respondOrFail } from "./form.ts";
import { OAuthError } from "./oauth-error.ts";

/** Handles a revocation request (RFC 7009). An unknown token counts as revoked. */
export async function handleRevocation(
  { store }: { readonly store: Store },
  request: HttpRequest,
  origin: string,
): Promise<HttpResponse> {
  return await respondOrFail(async () => {
    const form = parseForm(request);
    const { clientId } = await authenticateApplication(store, form, request, origin);
    const text = form.get("token") ?? "";
    if (text === "") throw new OAuthError("invalid_request", "token missing");
    const byRefreshToken =
      form.get("token_type_hint") === "access_token" ? undefined : findByRefreshToken(store, text);
    if (byRefreshToken !== undefined) {
      revoke(store, byRefreshToken, clientId, "refreshToken");
      return respondDone();
    }
    const token = store.tokens.get(text);
    const session = store.oidcSessions.get(token?.oidcSessionId ?? "");
    if (session !== undefined) revoke(store, session, clientId, "accessToken");
    // A personal access token does not belong to an application.
    else if (token?.id !== undefined) throw foreignToken();
    return respondDone();
  });
}

function revoke(
  store: Store,
  session: OidcSession,
  clientId: string,
  what: "accessToken" | "refreshToken",
): void {
  if (!session.audience.includes(clientId)) throw foreignToken();
  revokeOidcSession(store, session, what);
}

function foreignToken(): OAuthError {
  return new OAuthError("invalid_client", "token was not issued for this client", 401);
}
