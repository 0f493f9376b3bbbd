import { isWorkerd } from "./runtime.ts";

/** The sources of time and randomness; tests supply their own. */
export interface Clock {
  /** Wall-clock time: milliseconds since the epoch. It may be stepped. */
  now(): number;
  /** Monotonic time: milliseconds since some fixed point. Never stepped; may stand still while the machine sleeps. */
  monotonic(): number;
  /**
   * Calls `callback` once after `ms` milliseconds; the return value cancels it. The timer keeps the process alive only if
   * `keepAlive` is true, which is for timers that a caller waits for. Default: false.
   */
  setTimer(callback: () => void, ms: number, keepAlive?: boolean): () => void;
  /** A random number of at least 0 and less than 1, for backoff delays and connection ages. */
  random(): number;
  /**
   * Whether timers and pending promises end with the incoming request in which they were created, as in Cloudflare Workers,
   * so that no request may depend on the work of another. Default: false.
   */
  readonly requestBound?: boolean;
}

/** The longest delay that `setTimeout` accepts, in milliseconds. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** The system's clocks. */
export const systemClock: Clock = {
  // Looked up on each call, since tests replace it.
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(callback, ms, keepAlive = false) {
    const timer = setTimeout(callback, ms);
    // On runtimes that only have web timers, this is a number.
    if (!keepAlive) timer.unref?.();
    return () => clearTimeout(timer);
  },
  random: Math.random,
  requestBound: isWorkerd,
};
