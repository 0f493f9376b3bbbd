import type { JWTPayload } from "jose";
import type { HttpRequest, HttpResponse } from "../net/http.ts";
import { findClient } from "../state/applications.ts";
import { endSession } from "../state/sessions.ts";
import { parseForm, redirectTo, respondOrFail } from "./form.ts";
import { readIdToken } from "./id-token-hint.ts";
import { OAuthError } from "./oauth-error.ts";
import { isPostLogoutUri } from "./redirect-uris.ts";
import type { TokenIssuer } from "./tokens.ts";

/** Where browsers are redirected to by default. */
const DEFAULT_LOCATION = "/logout/done";

/** Ends the session of an ID token (OpenID Connect RP-Initiated Logout 1.0) and redirects the browser. */
export async function handleEndSession(
  issuer: TokenIssuer,
  request: HttpRequest,
  origin: string,
): Promise<HttpResponse> {
  return await respondOrFail(async () => {
    const { store } = issuer;
    const form = parseForm(request);
    const claims = await readHint(issuer, form, origin);
    const location = findLocation(issuer, form, String(claims?.["azp"] ?? form.get("client_id") ?? ""));
    const session = store.sessions.get(String(claims?.["sid"] ?? ""));
    if (session?.state === "active") endSession(store, session);
    return redirectTo(location);
  });
}

async function readHint(
  issuer: TokenIssuer,
  form: URLSearchParams,
  origin: string,
): Promise<JWTPayload | undefined> {
  const hint = form.get("id_token_hint") ?? "";
  if (hint === "") return undefined;
  const claims = await readIdToken(issuer, hint, origin);
  if (claims === undefined) throw new OAuthError("invalid_request", "id_token_hint invalid");
  const clientId = form.get("client_id") ?? "";
  if (clientId !== "" && clientId !== claims["azp"]) {
    throw new OAuthError("invalid_request", "client_id does not match azp of id_token_hint");
  }
  return claims;
}

function findLocation({ store }: TokenIssuer, form: URLSearchParams, clientId: string): string {
  const asked = form.get("post_logout_redirect_uri") ?? "";
  let location = DEFAULT_LOCATION;
  if (clientId !== "") {
    const application = findClient(store, clientId);
    if (application?.type !== "oidc") throw new OAuthError("invalid_request", "Errors.App.NotFound");
    if (asked !== "" && !isPostLogoutUri(application, asked)) {
      throw new OAuthError("invalid_request", "post_logout_redirect_uri invalid");
    }
    if (asked !== "") location = asked;
  }
  const state = form.get("state") ?? "";
  if (state === "") return location;
  return `${location}${location.includes("?") ? "&" : "?"}${new URLSearchParams({ state })}`;
}
