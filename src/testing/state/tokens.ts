import { randomBytes } from "node:crypto";
import type { Store } from "./store.ts";

/** A bearer that the server has issued. */
export interface Token {
  readonly userId: string;
  /** By the emulator's clock; it is refused from then on. */
  readonly expiresAt: number;
  /** Whether it is good for calling the API. */
  readonly forApi: boolean;
  /** A token of the token endpoint, as against a personal access token or the token of a session. */
  readonly issued: boolean;
}

/** Creates a bearer that looks like the server's: five parts of encrypted JSON, 283 characters. */
export function issueToken(store: Store, token: Token): string {
  const header = { alg: "A256GCMKW", enc: "A256GCM", iv: random(12), tag: random(16) };
  const encodedHeader = Buffer.from(JSON.stringify(header)).toString("base64url");
  const bearer = [encodedHeader, random(32), random(12), random(61), random(16)].join(".");
  store.tokens.set(bearer, token);
  return bearer;
}

/** Makes the tokens of the token endpoint invalid at once. */
export function revokeIssuedTokens(store: Store): void {
  for (const [bearer, { issued }] of store.tokens) if (issued) store.tokens.delete(bearer);
}

function random(bytes: number): string {
  return randomBytes(bytes).toString("base64url");
}
