/** The clocks that token lifetimes are measured with; tests bring their own. */
export interface Clock {
  /** Milliseconds since the epoch, which may be stepped. */
  now(): number;
  /** Milliseconds since some fixed moment, never stepped; may stand still while the machine sleeps. */
  monotonic(): number;
  /** Calls `callback` after `ms`; the return value cancels it. Never keeps the process alive. */
  setTimer(callback: () => void, ms: number): () => void;
}
