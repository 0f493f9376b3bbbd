/** Options of `until()`. */
export interface UntilOptions<T> {
  /** What to wait for. Default: that the value is neither `undefined` nor `null` nor `false`. */
  readonly holds?: ((value: T) => boolean) | undefined;
  /**
   * How long to wait, in milliseconds. Default: 60,000, within which Zitadel brings up to date what searches read;
   * mostly that takes less than 30.
   */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait, which then fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a read of `until()` is given. */
export interface UntilAttempt {
  /** Counts from 1. */
  readonly attempt: number;
  /** Aborts when the time is up: pass it on to calls. */
  readonly signal: AbortSignal;
}

/** A read, tried until what it returns is as wanted. */
export type UntilRead<T> = (attempt: UntilAttempt) => T | PromiseLike<T>;
