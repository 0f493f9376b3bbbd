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
import { createOwnClaims, createRoleClaims, createStandardClaims } from "./user-claims.ts";
import { signJwt } from "./web-key.ts";

/** The context for issuing tokens. */
export interface TokenIssuer {
  readonly store: Store;
  /** Calls the targets that customize claims. */
  readonly executions: Executions;
  /** The store in which credentials are looked up. It lags behind if the emulator has `lag`. */
  credentials(): Store;
  /** The lifetime of access tokens. Default: the instance's setting. */
  readonly tokenLifetimeSeconds?: number | undefined;
}

/** The `expires_in` of access tokens. For the instance's setting, the server returns one second less. */
export function getAccessTokenSeconds({ store, tokenLifetimeSeconds }: TokenIssuer): number {
  return tokenLifetimeSeconds ?? store.settings.oidc.accessTokenLifetime / 1_000 - 1;
}

/** The client that tokens are issued to, with its token settings. */
export interface TokenClient {
  readonly clientId: string;
  readonly projectId?: string | undefined;
  readonly accessTokenType: AccessTokenType;
  readonly accessTokenHasRoles: boolean;
  readonly idTokenHasRoles: boolean;
  readonly idTokenHasUser: boolean;
  /** Default: the instance's setting. */
  readonly idTokenLifetimeSeconds?: number | undefined;
}

const JWT_TOKEN_TYPE = 1;

/** Describes a service user as the client of its own tokens. */
export function toMachineClient(user: User, idTokenLifetimeSeconds?: number): TokenClient {
  return {
    clientId: user.username,
    accessTokenType: user.machine?.accessTokenType ?? "bearer",
    accessTokenHasRoles: true,
    idTokenHasRoles: true,
    idTokenHasUser: false,
    idTokenLifetimeSeconds,
  };
}

export function toApplicationClient({ clientId, projectId, config }: OidcApplication): TokenClient {
  return {
    clientId,
    projectId,
    accessTokenType: config.accessTokenType === JWT_TOKEN_TYPE ? "jwt" : "bearer",
    accessTokenHasRoles: config.accessTokenRoleAssertion ?? false,
    idTokenHasRoles: config.idTokenRoleAssertion ?? false,
    idTokenHasUser: config.idTokenUserinfoAssertion ?? false,
  };
}

/** Creates the response to a token request: a new access token and, if the scopes request one, an ID token. */
export async function issueTokens(
  issuer: TokenIssuer,
  session: OidcSession,
  client: TokenClient,
  origin: string,
): Promise<Record<string, string | number>> {
  const { store } = issuer;
  const lifetimeSeconds = getAccessTokenSeconds(issuer);
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

/** Signs a JWT access token. It contains neither the scopes nor how the user signed in. */
async function signAccessToken(
  issuer: TokenIssuer,
  token: Token,
  client: TokenClient,
  origin: string,
): Promise<string> {
  const { auth_time: _, amr: __, ...claims } = createTokenClaims(token, origin);
  const { audience = [], scopes = [], userId } = token;
  return await signJwt(issuer.store, {
    ...claims,
    sub: userId,
    aud: audience.length > 0 ? [...audience] : [client.clientId],
    ...(await createCustomClaims("preaccesstoken", issuer, userId, {
      scopes,
      client,
      origin,
      includesRoles: client.accessTokenHasRoles,
      includesUser: false,
    })),
  });
}

/** The content of an ID token. */
export interface IdTokenSubject {
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  readonly amr: readonly string[] | undefined;
  readonly authTime: number | undefined;
  readonly nonce: string;
  readonly actor: TokenActor | undefined;
  readonly sessionId: string;
  /** The access token for `at_hash`. Default: none. */
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
  const { clientId, idTokenHasRoles, idTokenHasUser } = client;
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
    ...(accessToken === undefined
      ? {}
      : { at_hash: computeHalfHash(accessToken, findActiveWebKey(store).alg) }),
    ...(sessionId === "" ? {} : { sid: sessionId }),
    ...(actor === undefined ? {} : { act: toActorClaim(actor) }),
    ...(await createCustomClaims("preuserinfo", issuer, userId, {
      scopes,
      client,
      origin,
      includesRoles: idTokenHasRoles,
      includesUser: idTokenHasUser,
    })),
  });
}

/** The claims about a token itself, in introspection responses and JWTs. */
export function createTokenClaims(token: Token, origin: string): JsonObject {
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
    ...(actor === undefined ? {} : { act: toActorClaim(actor) }),
  };
}

/** The claims about a user, with those that targets add. */
async function createCustomClaims(
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
  readonly origin: string;
  readonly includesRoles: boolean;
  readonly includesUser: boolean;
}

function createClaims(store: Store, userId: string, options: ClaimsOptions): JsonObject {
  const { scopes, client, origin, includesRoles, includesUser } = options;
  const user = store.users.get(userId);
  if (user === undefined) return {};
  const request = { user, scopes, origin, projectId: client.projectId };
  return {
    ...(includesUser ? createStandardClaims(store, request) : { sub: userId }),
    ...createOwnClaims(store, request),
    ...(includesRoles ? createRoleClaims(store, request) : {}),
  };
}

function toActorClaim({ issuer, userId, actor }: TokenActor): JsonObject {
  return { ...(actor === undefined ? {} : { act: toActorClaim(actor) }), iss: issuer, sub: userId };
}

/** The hash of an access token that binds it to its ID token (OpenID Connect Core 1.0 section 3.1.3.6). */
function computeHalfHash(accessToken: string, alg: WebKeyAlgorithm): string {
  const bits = alg === "EdDSA" ? "512" : alg.slice(2);
  const hash = createHash(`sha${bits}`).update(accessToken).digest();
  return hash.subarray(0, hash.length / 2).toString("base64url");
}
