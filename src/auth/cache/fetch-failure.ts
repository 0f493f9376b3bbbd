import { type Backoff, backoffMs } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { AuthError } from "../auth-error.ts";

/** How long to wait after failures in a row. The floor protects the server. */
const BACKOFF: Backoff = { minMs: 1_000, baseMs: 2_000, maxMs: 30_000 };
/** A longer Retry-After is cut, so that one odd response cannot shut a client out for days. */
const MAX_RETRY_AFTER_MS = 300_000;
/** How long a caller without a usable token waits for an error to pass that does not say otherwise. */
const PATIENCE_MS = 30_000;

/** Why the last attempt to obtain a token failed, and when the next one may be made. */
export class FetchFailure {
  readonly error: unknown;
  readonly retryable: boolean;
  /** Failures in a row, this one included. */
  readonly count: number;
  readonly retryInMs: number;
  /** On the monotonic clock. */
  readonly retryAt: number;

  constructor(error: unknown, clock: Clock, previous: FetchFailure | undefined) {
    const known = error instanceof AuthError ? error : undefined;
    this.error = error;
    this.retryable = known?.retryable ?? false;
    this.count = (previous?.count ?? 0) + 1;
    this.retryInMs = Math.max(
      backoffMs(BACKOFF, this.count, clock),
      Math.min(known?.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS),
    );
    this.retryAt = clock.monotonic() + this.retryInMs;
  }

  /** How long callers without a token wait for this error to pass, in milliseconds. */
  get patienceMs(): number {
    if (!this.retryable) return 0;
    return (this.error instanceof AuthError ? this.error.patienceMs : undefined) ?? PATIENCE_MS;
  }
}
