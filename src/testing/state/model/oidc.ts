import type { Aggregate } from "./aggregate.ts";
import type { TokenActor } from "./token.ts";

/** An OIDC session: a user's sign-in to a client, through any grant. It has one access token at a time. */
export interface OidcSession extends Aggregate, SignIn {
  readonly userId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  readonly nonce: string;
  readonly actor: TokenActor | undefined;
  /** The newest access token, which replaces earlier ones. */
  bearer: string;
  refreshToken: RefreshToken | undefined;
}

/** How and when a user signed in. */
export interface SignIn {
  /** Authentication methods (RFC 8176). Undefined: tokens do not contain them. */
  readonly amr: readonly string[] | undefined;
  readonly authTime: number | undefined;
  /** The session of the session API, whose end also ends this session. Empty: none. */
  readonly sessionId: string;
}

/** A single-use refresh token. */
export interface RefreshToken {
  readonly text: string;
  readonly expiresAt: number;
  readonly idleExpiresAt: number;
}

/** An authorization request of an application (RFC 6749, section 4.1.1). */
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
  /** The organization whose users may sign in. Empty: any. */
  readonly organizationId: string;
  /** The single-use authorization code; empty until the user has signed in. */
  code: string;
  progress: "added" | "codeAdded" | "codeExchanged" | "succeeded" | "failed";
  signIn: (SignIn & { readonly userId: string }) | undefined;
}

/** A device authorization request (RFC 8628). Its id is the device code. */
export interface DeviceAuthorization extends Aggregate {
  /** The id by which the login refers to it. */
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
