/** The part of `Headers` that is used to read them. */
export interface HeaderFields extends Iterable<[name: string, value: string]> {
  get(name: string): string | null;
  has(name: string): boolean;
}

/**
 * Immutable headers. Not `Headers`, since the first use of that global loads all of Node's `fetch`, which takes a tenth of
 * the CPU time that passes before the first response.
 */
export class FixedHeaders implements HeaderFields {
  readonly #values: ReadonlyMap<string, string>;
  readonly #entries: readonly [name: string, value: string][];

  /** Names must be in lower case. The last of several values for a name is used. */
  constructor(entries: Iterable<readonly [name: string, value: string]>) {
    this.#values = new Map(entries);
    this.#entries = [...this.#values];
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  /** Merges both; `more` takes precedence. */
  with(more: Iterable<readonly [name: string, value: string]>): FixedHeaders {
    return new FixedHeaders([...this.#entries, ...more]);
  }

  [Symbol.iterator](): ArrayIterator<[name: string, value: string]> {
    return this.#entries[Symbol.iterator]();
  }
}
