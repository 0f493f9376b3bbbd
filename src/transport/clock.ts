/** Time as the transport sees it; tests bring their own. */
export interface TransportClock {
  /** Milliseconds since some fixed moment, never stepped. */
  now(): number;
  /**
   * Calls `callback` once after `ms`; the return value cancels it. `keepAlive` keeps the process running for
   * it.
   */
  setTimer(callback: () => void, ms: number, keepAlive: boolean): () => void;
  /** At least 0, less than 1: what back-off is spread with. */
  random(): number;
}

export const systemClock: TransportClock = {
  now: () => performance.now(),
  setTimer(callback, ms, keepAlive) {
    const timer = setTimeout(callback, ms);
    if (!keepAlive) timer.unref();
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
