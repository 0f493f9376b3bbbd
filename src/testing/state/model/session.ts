import type { Aggregate } from "./aggregate.ts";

/** Who has passed which checks, and until when that counts. */
export interface Session extends Aggregate {
  /** Rotated by every change; only the newest one counts. */
  token: string;
  readonly creatorId: string;
  user: UserFactor | undefined;
  password: Factor | undefined;
  readonly metadata: Map<string, Uint8Array>;
  expiresAt: number | undefined;
}

/** A check that was passed. */
export interface Factor {
  readonly verifiedAt: number;
}

/** Who the session is of. */
export interface UserFactor extends Factor {
  readonly userId: string;
}
