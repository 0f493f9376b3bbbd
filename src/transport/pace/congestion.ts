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

/** A call that has ended. Times in milliseconds. */
export interface Round {
  readonly startedAt: number;
  readonly now: number;
  /** How many calls were in flight when it ended, itself included. */
  readonly inFlight: number;
  /** How many might have been. */
  readonly allowed: number;
}

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
  readonly #latencies = new Map<string, Latency>();
  #limit = INITIAL;
  /** Calls that began before the last decrease tell of the time before it. */
  #decreasedAt = Number.NEGATIVE_INFINITY;

  /** A whole number of at least 1. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /** A response came to a call of `method`. */
  succeeded(method: string, round: Round): void {
    if (this.#isSlow(method, round.now - round.startedAt)) this.#decrease(AFTER_SLOWNESS, round);
    // What was not asked of the server says nothing about it.
    else if (round.inFlight >= this.limit) this.#limit += 1 / this.#limit;
  }

  /** The server refused a call, or could not serve it. */
  refused(round: Round): void {
    this.#decrease(AFTER_REFUSAL, round);
  }

  /** From what might be in flight, which another limit may have kept below this one. */
  #decrease(factor: number, { startedAt, now, allowed }: Round): void {
    if (startedAt < this.#decreasedAt) return;
    this.#decreasedAt = now;
    this.#limit = Math.max(1, Math.min(this.#limit, allowed) * factor);
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
