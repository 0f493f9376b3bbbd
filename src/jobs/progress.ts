/** How far a job is. */
export interface BulkProgress {
  /** How many items are done, failed ones included. */
  readonly done: number;
  readonly failed: number;
  /** How many items there are; `undefined` where that is known only at the end. */
  readonly total: number | undefined;
  /** How many items a second are done: of late, so that it follows a server that gets slower or faster. */
  readonly perSecond: number;
  /** In how many milliseconds it ends if it goes on like this; `undefined` where `total` is, or before any time passed. */
  readonly remainingMs: number | undefined;
}

/** How far back the rate looks, in milliseconds: what is this old counts for a third. */
const MEMORY_MS = 15_000;

/**
 * Measures how fast items get done: the average of the rates between one item and the next, each weighted by how long
 * it held and by how long ago. In the beginning that is the plain average.
 */
export class Pace {
  readonly #monotonic: () => number;
  #last: number;
  /** Items and milliseconds, both faded; their quotient is the rate. */
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
    // An item was under way all the time since the one before it, so a part of it has faded by now as well.
    this.#items = this.#items * faded + (elapsed === 0 ? 1 : held / elapsed);
  }

  /** 0 while no time has passed. */
  get perSecond(): number {
    return this.#time === 0 ? 0 : (this.#items / this.#time) * 1000;
  }

  /** How long `items` more take, in milliseconds; `undefined` while that cannot be told. */
  remainingMs(items: number): number | undefined {
    if (items <= 0) return 0;
    return this.perSecond === 0 ? undefined : (items / this.perSecond) * 1000;
  }
}
