import type { Aggregate } from "./aggregate.ts";
import type { Code } from "./auth-methods.ts";

/** A session of the session API: the checks that a user has passed, and until when they are valid. */
export interface Session extends Aggregate, SessionState {
  /** Replaced by every change; only the newest one is valid. */
  token: string;
  readonly creatorId: string;
  readonly userAgent: SessionUserAgent | undefined;
  /** `unknown`: it was changed without having been created, which the server allows. */
  state: "unknown" | "active" | "terminated";
  /** Whether reads and its token find it. Permanently false once its user has been locked, deactivated or removed. */
  listed: boolean;
}

/** The part of a session that its changes set. */
export interface SessionState {
  user: UserCheck | undefined;
  password: Check | undefined;
  webAuthN: WebAuthNCheck | undefined;
  intent: Check | undefined;
  totp: Check | undefined;
  otpSms: Check | undefined;
  otpEmail: Check | undefined;
  recoveryCode: Check | undefined;
  /** Challenges that were requested, but have not been checked yet. */
  webAuthNChallenge: WebAuthNChallenge | undefined;
  otpSmsChallenge: Code | undefined;
  otpEmailChallenge: Code | undefined;
  metadata: ReadonlyMap<string, Uint8Array>;
  expiresAt: number | undefined;
}

/** A passed check. */
export interface Check {
  readonly verifiedAt: number;
}

/** The user of the session. */
export interface UserCheck extends Check {
  readonly userId: string;
  /** The user's organization. */
  readonly resourceOwner: string;
}

interface WebAuthNCheck extends Check {
  readonly userVerified: boolean;
}

/** A challenge for a security key to sign. */
export interface WebAuthNChallenge {
  readonly challenge: string;
  readonly rpId: string;
  readonly userVerification: "required" | "preferred" | "discouraged";
  /** Ids of the credentials that may sign it. */
  readonly allowed: readonly string[];
}

/** The user's device. */
export interface SessionUserAgent {
  readonly fingerprintId: string | undefined;
  readonly ip: string | undefined;
  readonly description: string | undefined;
  readonly header: Readonly<Record<string, { readonly values: string[] }>>;
}
