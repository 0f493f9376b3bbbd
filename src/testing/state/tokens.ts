import { randomBytes } from "node:crypto";
import type { Store } from "./model/store.ts";
import type { Token } from "./model/token.ts";
import type { User } from "./model/user.ts";

/** Stores a token. Returns its text. */
export function issueToken(store: Store, token: Token, bearer: string = encryptedJson()): string {
  store.tokens.set(bearer, token);
  return bearer;
}

/** Finds a token and its user by the token's text. Undefined if the token is not valid, or the user is not active. */
export function findActiveToken(store: Store, bearer: string): { token: Token; user: User } | undefined {
  const token = store.tokens.get(bearer);
  const user = store.users.get(token?.userId ?? "");
  if (token === undefined || token.expiresAt <= store.now() || user?.state !== "active") return undefined;
  const { sessionId = "" } = token;
  return sessionId === "" || store.sessions.get(sessionId)?.state === "active" ? { token, user } : undefined;
}

/** Creates a text like the server's opaque access tokens: five parts, as in a JWE, and almost 290 characters in all. */
function encryptedJson(): string {
  const header = { alg: "A256GCMKW", enc: "A256GCM", iv: random(12), tag: random(16) };
  const encodedHeader = Buffer.from(JSON.stringify(header)).toString("base64url");
  return [encodedHeader, random(32), random(12), random(61), random(16)].join(".");
}

/** Revokes all tokens from the token endpoint. */
export function revokeIssuedTokens(store: Store): void {
  for (const [bearer, { issued }] of store.tokens) if (issued) store.tokens.delete(bearer);
}

/** Expires all tokens from the token endpoint. */
export function expireIssuedTokens(store: Store): void {
  for (const [bearer, token] of store.tokens) {
    if (token.issued) store.tokens.set(bearer, { ...token, expiresAt: store.now() });
  }
}

/** Permanently revokes all tokens of a user, including personal access tokens. */
export function revokeUserTokens(store: Store, userId: string): void {
  for (const [bearer, token] of store.tokens) {
    if (token.userId === userId && token.id !== undefined) store.tokens.delete(bearer);
  }
}

function random(bytes: number): string {
  return randomBytes(bytes).toString("base64url");
}
