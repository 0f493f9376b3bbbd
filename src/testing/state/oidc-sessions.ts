import type { JsonObject } from "@bufbuild/protobuf";
import type { NewEvent } from "./event-log.ts";
import type { OidcSession, RefreshToken, SignIn } from "./model/oidc.ts";
import type { Store } from "./model/store.ts";
import type { Token, TokenActor } from "./model/token.ts";
import type { User } from "./model/user.ts";
import { newAggregate, secretText, writeEvents } from "./store.ts";
import { issueToken } from "./tokens.ts";

/** What an OIDC session is created from. */
export interface NewOidcSession extends Partial<SignIn> {
  readonly user: User;
  /** The application, or the login name of a machine. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  /** How the user signed in, as events tell it: numbers of Zitadel's own. Default: nothing is told. */
  readonly authMethods?: readonly number[] | undefined;
  readonly nonce?: string | undefined;
  readonly actor?: TokenActor | undefined;
  /** Somebody else acts as the user from now on, which is written down as well. */
  readonly impersonated?: boolean | undefined;
  readonly needsRefreshToken?: boolean | undefined;
}

/** As an audience, the API itself. */
export const API_PROJECT = "zitadel";

/** Stores a new session, in which no token was issued yet. */
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

/** Notes a new access token of a session, in place of the last one. Make it a bearer with {@link replaceBearer}. */
export function newAccessToken(store: Store, session: OidcSession, lifetimeSeconds: number): Token {
  const tokenId = `at_${store.newId()}`;
  const payload = { id: tokenId, scope: [...session.scopes], lifetime: lifetimeSeconds * 1e9 };
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

/** Makes a token the one of its session. `jwt`: what it is; default: something opaque. */
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

/** Gives a session a refresh token, in place of the last one. */
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

/** The session that a refresh token belongs to; it may have expired, or been replaced. */
export function findByRefreshToken(store: Store, text: string): OidcSession | undefined {
  for (const session of store.oidcSessions.values()) if (session.refreshToken?.text === text) return session;
  return undefined;
}

/** Ends what a session has given out: the access token, and with `refreshToken` the way to another one. */
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
