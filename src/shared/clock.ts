import { isWorkerd } from "./runtime.ts";

/** Time and chance as this package sees them; tests bring their own. */
export interface Clock {
  /** The wall clock: milliseconds since the epoch. It may be stepped. */
  now(): number;
  /** Milliseconds since some fixed moment. Never stepped; may stand still while the machine sleeps. */
  monotonic(): number;
  /**
   * Calls `callback` once after `ms` milliseconds; the return value cancels it. The timer keeps the process alive
   * only if `keepAlive` is true: while a caller waits for it, and never otherwise. Default: false.
   */
  setTimer(callback: () => void, ms: number, keepAlive?: boolean): () => void;
  /** At least 0 and less than 1: what spreads back-offs and ages. */
  random(): number;
  /**
   * Timers, and promises that are pending, end with the request in which they were made, as in Cloudflare Workers: no
   * request may leave to another what it waits for. Default: false.
   */
  readonly requestBound?: boolean;
}

/** The longest delay that `setTimeout` takes, in milliseconds. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** The clocks of the system. */
export const systemClock: Clock = {
  // As it is when it is asked: tests replace it.
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(callback, ms, keepAlive = false) {
    const timer = setTimeout(callback, ms);
    // A number where the runtime has only the timers of the web.
    if (!keepAlive) timer.unref?.();
    return () => clearTimeout(timer);
  },
  random: Math.random,
  requestBound: isWorkerd,
};
