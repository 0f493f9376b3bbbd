/** A token bucket (as of RFC 2697): so many in a second, evenly, and after a pause a tenth of that at once. */
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

  /** In how many milliseconds the next one may go; 0: now. */
  waitMs(now: number): number {
    if (this.#perMs === Number.POSITIVE_INFINITY) return 0;
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    // Sums of fractions may miss a whole by the last digit.
    return this.#tokens >= 1 - 1e-9 ? 0 : Math.ceil((1 - this.#tokens) / this.#perMs);
  }

  /** One goes. */
  take(): void {
    if (this.#perMs !== Number.POSITIVE_INFINITY) this.#tokens -= 1;
  }
}
