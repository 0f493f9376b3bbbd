import { isWorkerd } from "./runtime.ts";

/** Time and randomness as this package sees them; tests bring their own. */
export interface Clock {
  /** Wall-clock time: milliseconds since the epoch. It may be stepped. */
  now(): number;
  /** Monotonic time: milliseconds since some fixed point. Never stepped; may stand still while the machine sleeps. */
  monotonic(): number;
  /**
   * Calls `callback` once after `ms` milliseconds; the return value cancels it. The timer keeps the process alive only if
   * `keepAlive` is true: while a caller waits for it, and never otherwise. Default: false.
   */
  setTimer(callback: () => void, ms: number, keepAlive?: boolean): () => void;
  /** A random number of at least 0 and less than 1, for back-offs and ages. */
  random(): number;
  /**
   * Whether timers and pending promises end with the incoming request in which they were created, as in Cloudflare Workers,
   * so that no request may depend on the work of another. Default: false.
   */
  readonly requestBound?: boolean;
}

/** The longest delay that `setTimeout` takes, in milliseconds. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** The clocks of the system. */
export const systemClock: Clock = {
  // Looked up at each call: tests replace it.
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(callback, ms, keepAlive = false) {
    const timer = setTimeout(callback, ms);
    // A number on runtimes that only have web timers.
    if (!keepAlive) timer.unref?.();
    return () => clearTimeout(timer);
  },
  random: Math.random,
  requestBound: isWorkerd,
};
