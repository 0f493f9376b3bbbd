import { createHash } from "node:crypto";
import { findAuthRequestByCode } from "../state/auth-requests.ts";
import type { OidcApplication } from "../state/model/application.ts";
import type { AuthRequest, DeviceAuthorization, OidcSession } from "../state/model/oidc.ts";
import type { Store } from "../state/model/store.ts";
import { createOidcSession, findByRefreshToken, renewRefreshToken } from "../state/oidc-sessions.ts";
import { writeEvents } from "../state/store.ts";
import { hasGrantType } from "./client-authentication.ts";
import { OAuthError } from "./oauth-error.ts";

/** Handles the authorization code grant (RFC 6749, section 4.1.3). A code is valid once. */
export function handleCodeGrant(
  store: Store,
  form: URLSearchParams,
  application: OidcApplication,
): OidcSession {
  const code = form.get("code") ?? "";
  const redirectUri = form.get("redirect_uri") ?? "";
  if (code === "") throw new OAuthError("invalid_request", "code missing");
  if (redirectUri === "") throw new OAuthError("invalid_request", "redirect_uri missing");
  const request = findAuthRequestByCode(store, code);
  if (request === undefined) throw new OAuthError("invalid_request", "Errors.User.Code.Invalid");
  if (request.progress !== "codeAdded") throw new OAuthError("invalid_request", "Errors.AuthRequest.NoCode");
  requireSession(store, request);
  if (request.clientId !== application.clientId) throw foreignClient("authorization request");
  checkCodeVerifier(request, application, form.get("code_verifier") ?? "");
  if (redirectUri !== request.redirectUri) {
    throw new OAuthError("invalid_grant", "redirect_uri does not correspond");
  }
  return completeAuthRequest(store, request, hasGrantType(application, "refresh_token"));
}

/** Completes an authorization request. Returns the OIDC session of its user. */
export function completeAuthRequest(store: Store, request: AuthRequest, mayRefresh: boolean): OidcSession {
  if (request.progress === "codeAdded") writeEvents(store, request, { type: "auth_request.code.exchanged" });
  request.progress = "succeeded";
  const session = createSession(store, request, request.nonce);
  if (mayRefresh && request.scopes.includes("offline_access")) renewRefreshToken(store, session);
  writeEvents(store, request, { type: "auth_request.succeeded" });
  return session;
}

/** Handles the device code grant (RFC 8628, section 3.4). */
export function handleDeviceGrant(
  store: Store,
  form: URLSearchParams,
  application: OidcApplication,
): OidcSession {
  const code = form.get("device_code") ?? "";
  if (code === "") throw new OAuthError("invalid_request", "device_code missing");
  const device = store.deviceAuthorizations.get(code);
  if (device?.clientId !== application.clientId) throw foreignClient("authorization request");
  if (device.progress === "initiated" && device.expiresAt <= store.now()) {
    device.progress = "expired";
    writeEvents(store, device, { type: "device.authorization.canceled", payload: { reason: 2 } });
  }
  switch (device.progress) {
    case "initiated":
      throw new OAuthError(
        "authorization_pending",
        "The client SHOULD repeat the access token request to the token endpoint, after interval from device authorization response.",
      );
    case "expired":
      throw new OAuthError("expired_token", 'The "device_code" has expired.');
    case "denied":
      throw new OAuthError("access_denied", "The authorization request was denied.");
    case "done":
      throw new OAuthError("invalid_grant", "");
  }
  const session = createSession(store, device, "");
  if (device.scopes.includes("offline_access")) renewRefreshToken(store, session);
  device.progress = "done";
  writeEvents(store, device, { type: "device.authorization.done" });
  return session;
}

/** Handles the refresh token grant (RFC 6749, section 6), and rotates the token. */
export function handleRefreshGrant(
  store: Store,
  form: URLSearchParams,
  application: OidcApplication,
): OidcSession {
  const text = form.get("refresh_token") ?? "";
  if (text === "") throw new OAuthError("invalid_request", "refresh_token missing");
  const session = findByRefreshToken(store, text);
  if (session?.refreshToken === undefined) {
    throw new OAuthError("invalid_request", "Errors.User.RefreshToken.Invalid");
  }
  const now = store.now();
  const { expiresAt, idleExpiresAt } = session.refreshToken;
  if (expiresAt <= now || idleExpiresAt <= now) {
    throw new OAuthError("invalid_request", "Errors.OIDCSession.RefreshTokenInvalid");
  }
  requireActive(store, session.userId);
  if (session.clientId !== application.clientId) throw foreignClient("refresh token");
  const asked = form.get("scope")?.split(" ") ?? [];
  if (asked.some((scope) => !session.scopes.includes(scope))) throw new OAuthError("invalid_scope", "");
  renewRefreshToken(store, session);
  return session;
}

function createSession(store: Store, request: AuthRequest | DeviceAuthorization, nonce: string): OidcSession {
  const { signIn, clientId, scopes, audience } = request;
  const user = requireActive(store, signIn?.userId ?? "");
  return createOidcSession(store, { ...signIn, user, clientId, scopes, audience, nonce });
}

function requireActive(store: Store, userId: string) {
  const user = store.users.get(userId);
  if (user?.state !== "active") throw new OAuthError("invalid_request", "Errors.User.NotActive");
  return user;
}

function requireSession(store: Store, { signIn }: AuthRequest): void {
  const session = store.sessions.get(signIn?.sessionId ?? "");
  if (session?.state !== "active") throw new OAuthError("invalid_request", "Errors.Session.Terminated");
  if (session.expiresAt !== undefined && session.expiresAt <= store.now()) {
    throw new OAuthError("invalid_request", "Errors.Session.Expired");
  }
}

/** Throws if the PKCE verifier (RFC 7636) does not match the challenge. */
function checkCodeVerifier(
  { codeChallenge }: AuthRequest,
  { config }: OidcApplication,
  verifier: string,
): void {
  const hasNoSecret = config.authMethodType === NONE;
  if (codeChallenge === undefined) {
    if (hasNoSecret && verifier !== "") {
      throw new OAuthError("invalid_request", "code_verifier unexpectedly provided");
    }
    return;
  }
  if (verifier === "") throw new OAuthError("invalid_request", "code_verifier required");
  const value =
    codeChallenge.method === "S256" ? createHash("sha256").update(verifier).digest("base64url") : verifier;
  if (value !== codeChallenge.value) throw new OAuthError("invalid_grant", "invalid code_verifier");
}

const NONE = 2;

function foreignClient(what: string): OAuthError {
  const text = `client_id does not correspond to the client_id in the ${what}`;
  return new OAuthError("invalid_client", text);
}
