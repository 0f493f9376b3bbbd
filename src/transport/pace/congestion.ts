/** Where adaptive limits begin: most servers take so many, and a job is at hundreds within some rounds. */
const INITIAL = 20;
/** What is left of the limit after a refusal, and after responses that were slow: a queue is milder than a refusal. */
const AFTER_REFUSAL = 0.7;
const AFTER_SLOWNESS = 0.9;
/** How many times as long as usual responses may take. A server that works on twice as much is no slower than that. */
const TOLERANCE = 3;
/** What the last response counts for in the average. */
const RECENT = 0.1;
/** How fast what is usual follows: a server that has become slower for good is known as such after a thousand calls. */
const DRIFT = 0.002;

/** Durations of one method, in milliseconds. */
interface Latency {
  usual: number;
  recent: number;
}

/**
 * How many calls a server takes at a time, by additive increase and multiplicative decrease (AIMD), as TCP finds out how
 * much a path takes (RFC 5681). Signs of congestion are refusals, and responses that take much longer than usual for their
 * method, since each has a time of its own.
 */
export class Congestion {
  readonly #max: number;
  readonly #latencies = new Map<string, Latency>();
  #limit: number;
  /** Calls that began before the last decrease tell of the time before it. */
  #decreasedAt = Number.NEGATIVE_INFINITY;

  constructor(max: number) {
    this.#max = max;
    this.#limit = Math.min(max, INITIAL);
  }

  /** A whole number from 1 to the maximum. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /** A response came: `method` was called at `startedAt`, while `inFlight` calls were. Times in milliseconds. */
  succeeded(method: string, startedAt: number, now: number, inFlight: number): void {
    if (this.#isSlow(method, now - startedAt)) this.#decrease(AFTER_SLOWNESS, startedAt, now);
    // What was not asked of the server says nothing about it.
    else if (inFlight >= this.limit) this.#limit = Math.min(this.#max, this.#limit + 1 / this.#limit);
  }

  /** The server refused a call that began at `startedAt`, or could not serve it. */
  refused(startedAt: number, now: number): void {
    this.#decrease(AFTER_REFUSAL, startedAt, now);
  }

  #decrease(factor: number, startedAt: number, now: number): void {
    if (startedAt < this.#decreasedAt) return;
    this.#decreasedAt = now;
    this.#limit = Math.max(1, this.#limit * factor);
  }

  #isSlow(method: string, ms: number): boolean {
    const latency = this.#latencies.get(method);
    if (latency === undefined) {
      this.#latencies.set(method, { usual: ms, recent: ms });
      return false;
    }
    latency.recent += (ms - latency.recent) * RECENT;
    latency.usual = Math.min(latency.recent, latency.usual + (ms - latency.usual) * DRIFT);
    return latency.recent > latency.usual * TOLERANCE;
  }
}
