import { type Backoff, backoffMs } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { AuthError } from "../auth-error.ts";
import type { AccessToken } from "../token-source.ts";

/** A token is replaced this long before it expires, or at 80% of its lifetime if that is later. */
const REFRESH_WINDOW_MS = 120_000;

/**
 * A token, and the time of its arrival on both clocks. Its age is the larger of what the two have measured since, so that
 * neither a stepped clock nor a suspended machine makes an expired token look valid.
 */
export class HeldToken {
  readonly value: AccessToken;
  /** Returned to every caller, so that a warm call allocates nothing. */
  readonly promise: Promise<AccessToken>;
  /** Infinite if unknown. */
  readonly lifetimeMs: number;
  /** The server has rejected it, and a replacement is being requested. Other calls use it meanwhile. */
  rejected = false;
  readonly #clock: Clock;
  readonly #obtainedAt: number;
  readonly #obtainedAtWall: number;
  readonly #refreshAtAge: number;
  /** How many tokens in a row were rejected before this one. */
  readonly #rejections: number;

  constructor(value: AccessToken, clock: Clock, previous: HeldToken | undefined) {
    this.value = value;
    this.promise = Promise.resolve(value);
    this.#clock = clock;
    this.#obtainedAt = clock.monotonic();
    this.#obtainedAtWall = clock.now();
    this.lifetimeMs = (value.expiresAt ?? Number.POSITIVE_INFINITY) - this.#obtainedAtWall;
    const windowMs = Math.min(REFRESH_WINDOW_MS, 0.2 * this.lifetimeMs) * (0.5 + 0.5 * clock.random());
    this.#refreshAtAge = this.lifetimeMs - windowMs;
    this.#rejections = previous?.rejected === true ? previous.#rejections + 1 : 0;
  }

  /** `due`: still valid, but about to expire. */
  state(): "fresh" | "due" | "expired" {
    const age = this.#age();
    if (age < this.#refreshAtAge) return "fresh";
    return age < this.lifetimeMs ? "due" : "expired";
  }

  /**
   * Whether a rejection leads to a new token. Not if the token has only just replaced a rejected one: for 1 s after the
   * first, then 2 s, up to 30 s, so that an account that is always rejected does not request a token for each call.
   */
  isReplaceable(): boolean {
    if (this.#rejections === 0) return true;
    return this.#age() >= Math.min(30_000, 1_000 * 2 ** (this.#rejections - 1));
  }

  #age(): number {
    return Math.max(this.#clock.monotonic() - this.#obtainedAt, this.#clock.now() - this.#obtainedAtWall);
  }
}

/** The backoff after consecutive failures. The minimum protects the server. */
const BACKOFF: Backoff = { minMs: 1_000, baseMs: 2_000, maxMs: 30_000 };
/** A longer Retry-After is capped, so that one odd response cannot lock a client out for days. */
const MAX_RETRY_AFTER_MS = 300_000;
/** How long a caller without a valid token waits for an error to pass, unless the error says otherwise. */
const MAX_WAIT_MS = 30_000;

/** Why the last attempt to get a token failed, and when the next one may be made. */
export class FetchFailure {
  readonly error: unknown;
  readonly retryable: boolean;
  /** The number of consecutive failures, including this one. */
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
  get maxWaitMs(): number {
    if (!this.retryable) return 0;
    return (this.error instanceof AuthError ? this.error.maxWaitMs : undefined) ?? MAX_WAIT_MS;
  }
}
