/** The progress of a job. */
export interface BulkProgress {
  /** The number of items that are done, including failed ones. */
  readonly done: number;
  readonly failed: number;
  /** The total number of items; `undefined` if it is not known before the end. */
  readonly total: number | undefined;
  /** The recent rate in items per second. It follows a server that gets slower or faster. */
  readonly perSecond: number;
  /** The estimated remaining time in milliseconds; `undefined` if `total` is, or while no time has passed. */
  readonly remainingMs: number | undefined;
}

/** How far back the rate looks, in milliseconds: an item this old counts for about a third. */
const MEMORY_MS = 15_000;

/**
 * Measures how fast items are done: the average of the rates between one item and the next, weighted by duration and
 * age. At first, that is the plain average.
 */
export class Throughput {
  readonly #monotonic: () => number;
  #last: number;
  /** Decayed items and milliseconds; their quotient is the rate. */
  #items = 0;
  #time = 0;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
    this.#last = monotonic();
  }

  /** Counts one more item. */
  count(): void {
    const now = this.#monotonic();
    const elapsed = Math.max(0, now - this.#last);
    this.#last = now;
    const faded = Math.exp(-elapsed / MEMORY_MS);
    const held = MEMORY_MS * (1 - faded);
    this.#time = this.#time * faded + held;
    // The item was in progress since the previous one, so part of it has decayed by now as well.
    this.#items = this.#items * faded + (elapsed === 0 ? 1 : held / elapsed);
  }

  /** 0 if no time has passed. */
  get perSecond(): number {
    return this.#time === 0 ? 0 : (this.#items / this.#time) * 1000;
  }

  /** The estimated time for `items` more, in milliseconds; `undefined` while it is not known. */
  remainingMs(items: number): number | undefined {
    if (items <= 0) return 0;
    return this.perSecond === 0 ? undefined : (items / this.perSecond) * 1000;
  }
}
