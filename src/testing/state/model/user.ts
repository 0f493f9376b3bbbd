import type { Aggregate, History } from "./aggregate.ts";
import type { Code } from "./auth-methods.ts";

/** What a user can do: only an active one can sign in. An initial one waits for a code that was sent, which v1 asks for. */
export type UserState = "active" | "inactive" | "locked" | "initial";

/** A user. Exactly one of `human` and `machine` is there. */
export interface User extends Aggregate {
  username: string;
  state: UserState;
  readonly human?: Human | undefined;
  readonly machine?: Machine | undefined;
  readonly metadata: Map<string, MetadataEntry>;
}

/** What a human has and a machine has not. */
export interface Human {
  givenName: string;
  familyName: string;
  nickName: string;
  displayName: string;
  /** A tag of BCP 47; `und` where none is set. */
  preferredLanguage: string;
  gender: number;
  email: Contact;
  phone: Contact | undefined;
  password: Password | undefined;
  /** When the human did not want a second factor. Default: never. */
  mfaInitSkippedAt?: number | undefined;
}

/** What humans have at most one of, as events name it. */
export type ContactKind = "email" | "phone";

/** An address at which a human can be reached. */
export interface Contact {
  readonly address: string;
  readonly verified: boolean;
  /** What verifies the address, when it was asked for. */
  readonly code?: Code | undefined;
}

/** A password in the clear: it protects nothing. */
export interface Password {
  /** Undefined where only its hash is known: nothing passes for it then. */
  readonly text: string | undefined;
  readonly changedAt: number;
  readonly changeRequired: boolean;
  failedAttempts: number;
}

/** What access tokens look like: opaque to all but the server, or JWTs. */
export type AccessTokenType = "bearer" | "jwt";

/** What a machine has and a human has not. */
export interface Machine {
  name: string;
  description: string;
  /** What its access tokens are: opaque, or readable. */
  accessTokenType: AccessTokenType;
  secret: string | undefined;
  readonly keys: Map<string, MachineKey>;
  readonly tokens: Map<string, PersonalAccessToken>;
}

/** What a machine user authenticates with, and for how long. */
interface Credential {
  readonly id: string;
  /** The number of the event that tells of it, among those of its user or project. */
  readonly sequence: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** A public key that verifies assertions. */
export interface MachineKey extends Credential {
  /** PEM. */
  readonly publicKey: string;
}

/** A bearer that was handed out. */
export interface PersonalAccessToken extends Credential {
  readonly token: string;
}

/** What others keep with a user, under a key. */
export interface MetadataEntry extends Readonly<History> {
  readonly value: Uint8Array;
}
