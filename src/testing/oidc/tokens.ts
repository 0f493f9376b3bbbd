import { createHash } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";
import type { Executions } from "../actions/executions.ts";
import type { ClaimsFunction } from "../actions/functions.ts";
import type { OidcApplication } from "../state/model/application.ts";
import type { OidcSession } from "../state/model/oidc.ts";
import type { Store } from "../state/model/store.ts";
import type { Token, TokenActor } from "../state/model/token.ts";
import type { AccessTokenType, User } from "../state/model/user.ts";
import type { WebKeyAlgorithm } from "../state/model/web-key.ts";
import { newAccessToken, replaceBearer } from "../state/oidc-sessions.ts";
import { findActiveWebKey } from "../state/web-keys.ts";
import { ownClaims, roleClaims, standardClaims } from "./user-claims.ts";
import { signJwt } from "./web-key.ts";

/** What issuing tokens needs. */
export interface TokenIssuer {
  readonly store: Store;
  /** Calls the targets that change claims. */
  readonly executions: Executions;
  /** Where credentials are looked up: lags behind the store if the emulator has `lag`. */
  credentials(): Store;
  /** The lifetime of access tokens. Default: from the instance's settings. */
  readonly tokenLifetimeSeconds?: number | undefined;
}

/** The `expires_in` of access tokens; of the instance's setting a second has passed by then. */
export function accessTokenSeconds({ store, tokenLifetimeSeconds }: TokenIssuer): number {
  return tokenLifetimeSeconds ?? store.settings.oidc.accessTokenLifetime / 1_000 - 1;
}

/** The client that tokens are issued to, and their content. */
export interface TokenClient {
  readonly clientId: string;
  readonly projectId?: string | undefined;
  readonly accessTokenType: AccessTokenType;
  readonly accessTokenTellsRoles: boolean;
  readonly idTokenTellsRoles: boolean;
  readonly idTokenTellsUser: boolean;
  /** Default: from the instance's settings. */
  readonly idTokenLifetimeSeconds?: number | undefined;
}

const JWT_TOKEN_TYPE = 1;

/** A service user as the client of its own tokens. */
export function machineClient(user: User, idTokenLifetimeSeconds?: number): TokenClient {
  return {
    clientId: user.username,
    accessTokenType: user.machine?.accessTokenType ?? "bearer",
    accessTokenTellsRoles: true,
    idTokenTellsRoles: true,
    idTokenTellsUser: false,
    idTokenLifetimeSeconds,
  };
}

/** The token settings of an application. */
export function applicationClient({ clientId, projectId, config }: OidcApplication): TokenClient {
  return {
    clientId,
    projectId,
    accessTokenType: config.accessTokenType === JWT_TOKEN_TYPE ? "jwt" : "bearer",
    accessTokenTellsRoles: config.accessTokenRoleAssertion ?? false,
    idTokenTellsRoles: config.idTokenRoleAssertion ?? false,
    idTokenTellsUser: config.idTokenUserinfoAssertion ?? false,
  };
}

/** The response to a token request: a new access token of a session, with an ID token if the scopes ask for it. */
export async function issueTokens(
  issuer: TokenIssuer,
  session: OidcSession,
  client: TokenClient,
  origin: string,
): Promise<Record<string, string | number>> {
  const { store } = issuer;
  const lifetimeSeconds = accessTokenSeconds(issuer);
  const token = newAccessToken(store, session, lifetimeSeconds);
  const jwt =
    client.accessTokenType === "jwt" ? await signAccessToken(issuer, token, client, origin) : undefined;
  const accessToken = replaceBearer(store, session, token, jwt);
  const { refreshToken, sessionId } = session;
  return {
    access_token: accessToken,
    token_type: "Bearer",
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken.text }),
    expires_in: lifetimeSeconds,
    ...(session.scopes.includes("openid")
      ? { id_token: await signIdToken(issuer, { ...session, sessionId, accessToken }, client, origin) }
      : {}),
  };
}

/** A JWT access token. It has no scopes, and does not say how the user signed in. */
async function signAccessToken(
  issuer: TokenIssuer,
  token: Token,
  client: TokenClient,
  origin: string,
): Promise<string> {
  const { auth_time: _, amr: __, ...claims } = tokenClaims(token, origin);
  const { audience = [], scopes = [], userId } = token;
  return await signJwt(issuer.store, {
    ...claims,
    sub: userId,
    aud: audience.length > 0 ? [...audience] : [client.clientId],
    ...(await customized("preaccesstoken", issuer, userId, {
      scopes,
      client,
      tellsRoles: client.accessTokenTellsRoles,
      tellsUser: false,
    })),
  });
}

/** The input of an ID token. */
export interface IdTokenSubject {
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  readonly amr: readonly string[] | undefined;
  readonly authTime: number | undefined;
  readonly nonce: string;
  readonly actor: TokenActor | undefined;
  readonly sessionId: string;
  /** The access token whose hash is included. Default: none. */
  readonly accessToken?: string | undefined;
}

/** Signs an ID token (OpenID Connect Core 1.0 section 2). */
export async function signIdToken(
  issuer: TokenIssuer,
  subject: IdTokenSubject,
  client: TokenClient,
  origin: string,
): Promise<string> {
  const { store } = issuer;
  const { userId, scopes, audience, amr = [], authTime, nonce, actor, sessionId, accessToken } = subject;
  const { clientId, idTokenTellsRoles, idTokenTellsUser } = client;
  const seconds = Math.floor(store.now() / 1_000);
  return await signJwt(store, {
    iss: origin,
    aud: audience.includes(clientId) ? [...audience] : [...audience, clientId],
    exp: seconds + (client.idTokenLifetimeSeconds ?? Math.floor(store.settings.oidc.idTokenLifetime / 1_000)),
    iat: seconds,
    ...(authTime === undefined ? {} : { auth_time: Math.floor(authTime / 1_000) }),
    ...(nonce === "" ? {} : { nonce }),
    ...(amr.length === 0 ? {} : { amr: [...amr] }),
    azp: clientId,
    client_id: clientId,
    ...(accessToken === undefined ? {} : { at_hash: halfHash(accessToken, findActiveWebKey(store).alg) }),
    ...(sessionId === "" ? {} : { sid: sessionId }),
    ...(actor === undefined ? {} : { act: actorClaim(actor) }),
    ...(await customized("preuserinfo", issuer, userId, {
      scopes,
      client,
      tellsRoles: idTokenTellsRoles,
      tellsUser: idTokenTellsUser,
    })),
  });
}

/** The claims about a token itself, as introspection and JWTs have them. */
export function tokenClaims(token: Token, origin: string): JsonObject {
  const { clientId, amr = [], actor, authTime, id = "" } = token;
  const issuedAt = Math.floor((token.createdAt ?? 0) / 1_000);
  return {
    iss: origin,
    jti: id,
    iat: issuedAt,
    nbf: issuedAt,
    exp: Math.floor(token.expiresAt / 1_000),
    ...(clientId === undefined ? {} : { client_id: clientId }),
    ...(amr.length === 0 ? {} : { amr: [...amr] }),
    ...(authTime === undefined ? {} : { auth_time: Math.floor(authTime / 1_000) }),
    ...(actor === undefined ? {} : { act: actorClaim(actor) }),
  };
}

/** The claims about a user, with what targets add to them. */
async function customized(
  name: ClaimsFunction,
  { store, executions }: TokenIssuer,
  userId: string,
  options: ClaimsOptions,
): Promise<JsonObject> {
  const claims = createClaims(store, userId, options);
  const user = store.users.get(userId);
  if (user === undefined) return claims;
  return await executions.onClaims(name, { user, claims, clientId: options.client.clientId });
}

interface ClaimsOptions {
  readonly scopes: readonly string[];
  readonly client: TokenClient;
  readonly tellsRoles: boolean;
  readonly tellsUser: boolean;
}

function createClaims(store: Store, userId: string, options: ClaimsOptions): JsonObject {
  const { scopes, client, tellsRoles, tellsUser } = options;
  const user = store.users.get(userId);
  if (user === undefined) return {};
  const request = { user, scopes, projectId: client.projectId };
  return {
    ...(tellsUser ? standardClaims(store, request) : { sub: userId }),
    ...ownClaims(store, request),
    ...(tellsRoles ? roleClaims(store, request) : {}),
  };
}

function actorClaim({ issuer, userId, actor }: TokenActor): JsonObject {
  return { ...(actor === undefined ? {} : { act: actorClaim(actor) }), iss: issuer, sub: userId };
}

/** The hash of an access token that binds it to its ID token (OpenID Connect Core 1.0 section 3.1.3.6). */
function halfHash(accessToken: string, alg: WebKeyAlgorithm): string {
  const bits = alg === "EdDSA" ? "512" : alg.slice(2);
  const hash = createHash(`sha${bits}`).update(accessToken).digest();
  return hash.subarray(0, hash.length / 2).toString("base64url");
}
