/** A token bucket (as in RFC 2697): a number of requests per second, evenly spread, with a burst of a tenth of that. */
export class Rate {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, now: number) {
    this.#perMs = perSecond / 1000;
    this.#capacity = Math.max(1, perSecond / 10);
    this.#tokens = this.#capacity;
    this.#at = now;
  }

  /** Milliseconds until the next request may be sent; 0: now. */
  waitMs(now: number): number {
    if (this.#perMs === Number.POSITIVE_INFINITY) return 0;
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    // Sums of fractions may fall short of a whole number by the last digit.
    return this.#tokens >= 1 - 1e-9 ? 0 : Math.ceil((1 - this.#tokens) / this.#perMs);
  }

  /** Takes the token of a request that is sent. */
  take(): void {
    if (this.#perMs !== Number.POSITIVE_INFINITY) this.#tokens -= 1;
  }
}
