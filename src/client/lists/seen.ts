/** Limits the memory of an iteration over millions of items. */
const GENERATION = 32_768;

/**
 * The identities that an iteration has yielded: all of them up to 65,536, and at least the last 32,768 of longer lists.
 */
export class Seen {
  #recent = new Set<string>();
  #older = new Set<string>();
  #complete: boolean;

  /** `complete`: everything that was yielded before will be passed to `add()`. */
  constructor(complete = true) {
    this.#complete = complete;
  }

  /** Whether it knows everything that was yielded. */
  get complete(): boolean {
    return this.#complete;
  }

  /** How many it knows. */
  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  has(identity: string): boolean {
    return this.#recent.has(identity) || this.#older.has(identity);
  }

  add(identity: string): void {
    if (this.#recent.size >= GENERATION) {
      if (this.#older.size > 0) this.#complete = false;
      this.#older = this.#recent;
      this.#recent = new Set();
    }
    this.#recent.add(identity);
  }
}
