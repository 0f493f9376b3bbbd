import type { JsonObject } from "@bufbuild/protobuf";
import type { NewEvent } from "./event-log.ts";
import { toNanoseconds } from "./event-payloads.ts";
import type { OidcSession, RefreshToken, SignIn } from "./model/oidc.ts";
import type { Store } from "./model/store.ts";
import type { Token, TokenActor } from "./model/token.ts";
import type { User } from "./model/user.ts";
import { newAggregate, secretText, writeEvents } from "./store.ts";
import { issueToken } from "./tokens.ts";

export interface NewOidcSession extends Partial<SignIn> {
  readonly user: User;
  /** The application, or the login name of a machine. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  /** Authentication methods by Zitadel's numbers, for the event. Default: none. */
  readonly authMethods?: readonly number[] | undefined;
  readonly nonce?: string | undefined;
  readonly actor?: TokenActor | undefined;
  /** Whether it impersonates the user, which is recorded as an event. */
  readonly impersonated?: boolean | undefined;
  readonly needsRefreshToken?: boolean | undefined;
}

/** The audience that stands for the API itself. */
export const API_PROJECT = "zitadel";

/** Creates a session without tokens. */
export function createOidcSession(store: Store, request: NewOidcSession): OidcSession {
  const { user, clientId, scopes, audience, amr, authTime, nonce = "", sessionId = "", actor } = request;
  if (request.impersonated === true) {
    const payload = { applicationId: clientId, actor: { user_id: actor?.userId ?? "" } };
    writeEvents(store, user, { type: "user.impersonated", payload });
  }
  const id = `V2_${store.newId()}`;
  const session: OidcSession = {
    ...newAggregate(store, { aggregateType: "oidc_session", id, resourceOwner: user.resourceOwner }),
    userId: user.id,
    clientId,
    scopes,
    audience,
    amr,
    authTime,
    nonce,
    actor,
    sessionId,
    bearer: "",
    refreshToken: undefined,
  };
  const payload: JsonObject = {
    authMethods: [...(request.authMethods ?? [])],
    userID: user.id,
    userResourceOwner: user.resourceOwner,
    clientID: clientId,
    audience: [...audience],
    scope: [...scopes],
    ...(sessionId === "" ? {} : { sessionID: sessionId }),
  };
  writeEvents(store, session, { type: "oidc_session.added", payload });
  store.oidcSessions.set(id, session);
  return session;
}

/** Creates an access token of a session. It is valid once {@link replaceBearer} has been called with it. */
export function newAccessToken(store: Store, session: OidcSession, lifetimeSeconds: number): Token {
  const tokenId = `at_${store.newId()}`;
  const payload = {
    id: tokenId,
    scope: [...session.scopes],
    lifetime: toNanoseconds(lifetimeSeconds * 1_000),
  };
  writeEvents(store, session, { type: "oidc_session.access_token.added", payload });
  const now = store.now();
  return {
    id: `${session.id}-${tokenId}`,
    userId: session.userId,
    clientId: session.clientId,
    amr: session.amr,
    authTime: session.authTime,
    createdAt: now,
    expiresAt: now + lifetimeSeconds * 1_000,
    forApi: session.audience.includes(API_PROJECT),
    issued: true,
    scopes: session.scopes,
    audience: session.audience,
    actor: session.actor,
    oidcSessionId: session.id,
    sessionId: session.sessionId,
  };
}

/** Replaces the access token of a session. `jwt`: the token itself. Default: an opaque one. */
export function replaceBearer(
  store: Store,
  session: OidcSession,
  token: Token,
  jwt: string | undefined,
): string {
  store.tokens.delete(session.bearer);
  session.bearer = issueToken(store, token, jwt);
  return session.bearer;
}

export function renewRefreshToken(store: Store, session: OidcSession): RefreshToken {
  const now = store.now();
  const { refreshToken: last } = session;
  const { refreshTokenExpiration, refreshTokenIdleExpiration } = store.settings.oidc;
  const type = `oidc_session.refresh_token.${last === undefined ? "added" : "renewed"}`;
  writeEvents(store, session, { type, payload: { id: `rt_${store.newId()}` } });
  const refreshToken = {
    text: secretText(96),
    expiresAt: last?.expiresAt ?? now + refreshTokenExpiration,
    idleExpiresAt: now + refreshTokenIdleExpiration,
  };
  session.refreshToken = refreshToken;
  return refreshToken;
}

/** Finds a session by its refresh token, which may have expired. */
export function findByRefreshToken(store: Store, text: string): OidcSession | undefined {
  for (const session of store.oidcSessions.values()) if (session.refreshToken?.text === text) return session;
  return undefined;
}

/** Revokes the access token of a session; with `refreshToken`, the refresh token as well. */
export function revokeOidcSession(
  store: Store,
  session: OidcSession,
  what: "accessToken" | "refreshToken",
): void {
  const event: NewEvent = {
    type: `oidc_session.${what === "accessToken" ? "access_token" : "refresh_token"}.revoked`,
  };
  writeEvents(store, session, event);
  store.tokens.delete(session.bearer);
  session.bearer = "";
  if (what === "refreshToken") session.refreshToken = undefined;
}
