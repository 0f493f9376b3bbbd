/** The clocks that token lifetimes are measured with; tests bring their own. */
export interface Clock {
  /** Milliseconds since the epoch, which may be stepped. */
  now(): number;
  /** Milliseconds since some fixed moment, never stepped; may stand still while the machine sleeps. */
  monotonic(): number;
  /**
   * Calls `callback` after `ms`; the return value cancels it. The timer keeps the process alive only if
   * `keepAlive` is true: while a caller waits for it, and never otherwise.
   */
  setTimer(callback: () => void, ms: number, keepAlive?: boolean): () => void;
}

/** The clocks of the system. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(callback, ms, keepAlive = false) {
    const timer = setTimeout(callback, ms);
    if (!keepAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};
