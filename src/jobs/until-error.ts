import { inspect } from "node:util";

/** What a wait has seen. */
export interface Observed {
  readonly attempts: number;
  /** What the last read that succeeded returned. */
  readonly lastSeen: unknown;
  /** Why the last read failed, if it did. */
  readonly error: unknown;
}

const SHORT = { depth: 3, maxArrayLength: 3, breakLength: Number.POSITIVE_INFINITY };
const MAX_LENGTH = 500;

/** What `until()` waited for did not come in time. `cause` has the error of the last read, if it failed. */
export class UntilError extends Error {
  override readonly name = "UntilError";
  /** What the last read that succeeded returned; `undefined` if none did. */
  readonly lastSeen: unknown;
  /** How many reads there were. */
  readonly attempts: number;

  /** @internal */
  constructor({ attempts, lastSeen, error }: Observed, timeoutMs: number) {
    const seen = error instanceof Error ? error.message : inspect(lastSeen, SHORT).slice(0, MAX_LENGTH);
    super(`not so after ${timeoutMs} ms and ${attempts} reads; last seen: ${seen}`, { cause: error });
    this.lastSeen = lastSeen;
    this.attempts = attempts;
  }
}
