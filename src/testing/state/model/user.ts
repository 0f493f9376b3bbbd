import type { Aggregate, History } from "./aggregate.ts";
import type { Code } from "./auth-methods.ts";

/** Only active users can sign in. Initial ones, which v1 creates, have to enter an initialization code first. */
export type UserState = "active" | "inactive" | "locked" | "initial";

/** A user. Exactly one of `human` and `machine` is defined. */
export interface User extends Aggregate {
  username: string;
  state: UserState;
  readonly human?: Human | undefined;
  readonly machine?: Machine | undefined;
  readonly metadata: Map<string, MetadataEntry>;
}

/** The part of a user that only a human has. */
export interface Human {
  givenName: string;
  familyName: string;
  nickName: string;
  displayName: string;
  /** A BCP 47 tag; `und` if none is set. */
  preferredLanguage: string;
  gender: number;
  /** The name of the avatar, including its version. Default: none. */
  avatarKey?: string | undefined;
  email: Contact;
  phone: Contact | undefined;
  password: Password | undefined;
  /** When the human skipped setting up a second factor. Default: never. */
  mfaInitSkippedAt?: number | undefined;
}

/** The kinds of contacts, as events name them. A human has at most one of each. */
export type ContactKind = "email" | "phone";

/** An email address or phone number of a human. */
export interface Contact {
  readonly address: string;
  readonly verified: boolean;
  /** The code that verifies the address, if one was requested. */
  readonly code?: Code | undefined;
}

/** A password, in plain text, since here it protects nothing. */
export interface Password {
  /** Undefined if only the hash is known; then no password matches. */
  readonly text: string | undefined;
  readonly changedAt: number;
  readonly changeRequired: boolean;
  failedAttempts: number;
}

/** The format of access tokens: opaque, or JWTs. */
export type AccessTokenType = "bearer" | "jwt";

/** The part of a user that only a machine has. */
export interface Machine {
  name: string;
  description: string;
  accessTokenType: AccessTokenType;
  secret: string | undefined;
  readonly keys: Map<string, MachineKey>;
  readonly tokens: Map<string, PersonalAccessToken>;
}

/** A credential and its expiry. */
interface Credential {
  readonly id: string;
  /** The sequence of the event that added it, among those of its user or project. */
  readonly sequence: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** A public key that verifies assertions. */
export interface MachineKey extends Credential {
  /** PEM. */
  readonly publicKey: string;
}

/** A personal access token. */
export interface PersonalAccessToken extends Credential {
  readonly token: string;
}

/** A value that callers have stored for a user or organization. */
export interface MetadataEntry extends Readonly<History> {
  readonly value: Uint8Array;
}
