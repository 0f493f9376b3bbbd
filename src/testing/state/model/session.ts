import type { Aggregate } from "./aggregate.ts";
import type { Code } from "./auth-methods.ts";

/** Who has passed which checks, and until when that counts. */
export interface Session extends Aggregate, SessionState {
  /** Rotated by every change; only the newest one counts. */
  token: string;
  readonly creatorId: string;
  readonly userAgent: SessionUserAgent | undefined;
  /** `unknown`: it was changed without having been created, which the server does not mind. */
  state: "unknown" | "active" | "terminated";
  /** Reads, and calls with its token, find it: until its user is locked, deactivated or removed, even for a while. */
  listed: boolean;
}

/** What the changes of a session make of it. */
export interface SessionState {
  user: UserCheck | undefined;
  password: Check | undefined;
  webAuthN: WebAuthNCheck | undefined;
  intent: Check | undefined;
  totp: Check | undefined;
  otpSms: Check | undefined;
  otpEmail: Check | undefined;
  recoveryCode: Check | undefined;
  /** What is to be checked next, where that was asked for. */
  webAuthNChallenge: WebAuthNChallenge | undefined;
  otpSmsChallenge: Code | undefined;
  otpEmailChallenge: Code | undefined;
  metadata: ReadonlyMap<string, Uint8Array>;
  expiresAt: number | undefined;
}

/** A check that was passed. */
export interface Check {
  readonly verifiedAt: number;
}

/** Who the session is of. */
export interface UserCheck extends Check {
  readonly userId: string;
  /** The user's organization. */
  readonly resourceOwner: string;
}

interface WebAuthNCheck extends Check {
  readonly userVerified: boolean;
}

/** What a security key has to sign. */
export interface WebAuthNChallenge {
  readonly challenge: string;
  readonly rpId: string;
  readonly userVerification: "required" | "preferred" | "discouraged";
  /** Ids of the credentials that may sign. */
  readonly allowed: readonly string[];
}

/** Where the user sits. */
export interface SessionUserAgent {
  readonly fingerprintId: string | undefined;
  readonly ip: string | undefined;
  readonly description: string | undefined;
  readonly header: Readonly<Record<string, { readonly values: string[] }>>;
}
