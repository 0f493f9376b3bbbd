import type { Aggregate } from "./aggregate.ts";
import type { TokenActor } from "./token.ts";

/** What a user has signed in to, by whatever grant: it has one access token at a time. */
export interface OidcSession extends Aggregate, SignIn {
  readonly userId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  readonly nonce: string;
  readonly actor: TokenActor | undefined;
  /** The newest access token, by which the earlier ones were replaced. */
  bearer: string;
  refreshToken: RefreshToken | undefined;
}

/** How and when a user has signed in. */
export interface SignIn {
  /** By the names of RFC 8176; undefined: nothing is told. */
  readonly amr: readonly string[] | undefined;
  readonly authTime: number | undefined;
  /** The session of the session API, with which all ends; empty: none. */
  readonly sessionId: string;
}

/** A refresh token, good for one use. */
export interface RefreshToken {
  readonly text: string;
  readonly expiresAt: number;
  readonly idleExpiresAt: number;
}

/** What an application asks of a user: to sign in (RFC 6749, section 4.1.1). */
export interface AuthRequest extends Aggregate {
  readonly clientId: string;
  readonly loginClient: string;
  readonly redirectUri: string;
  readonly responseType: string;
  readonly responseMode: string;
  readonly state: string;
  readonly nonce: string;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  readonly codeChallenge: { readonly value: string; readonly method: string } | undefined;
  readonly prompts: readonly string[];
  readonly uiLocales: readonly string[];
  readonly maxAgeSeconds: number | undefined;
  readonly loginHint: string | undefined;
  readonly hintUserId: string | undefined;
  readonly issuer: string;
  /** Whose users may sign in; empty: anyone. */
  readonly organizationId: string;
  /** What the application gets tokens for, once; empty before somebody has signed in. */
  code: string;
  progress: "added" | "codeAdded" | "codeExchanged" | "succeeded" | "failed";
  signIn: (SignIn & { readonly userId: string }) | undefined;
}

/** What a device without a browser asks of a user (RFC 8628). Its id is the device code. */
export interface DeviceAuthorization extends Aggregate {
  /** What the login knows it by. */
  readonly requestId: string;
  readonly userCode: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  readonly organizationId: string;
  readonly expiresAt: number;
  progress: "initiated" | "approved" | "denied" | "expired" | "done";
  signIn: (SignIn & { readonly userId: string }) | undefined;
}
