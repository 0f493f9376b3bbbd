/** What is read of headers, those of `fetch` included. */
export interface HeaderFields extends Iterable<[name: string, value: string]> {
  get(name: string): string | null;
  has(name: string): boolean;
}

/**
 * Headers that never change once they are made. No `Headers`, since the first use of that global loads all of Node's
 * `fetch`, which would take a tenth of the CPU of a process up to its first response.
 */
export class FixedHeaders implements HeaderFields {
  readonly #values: ReadonlyMap<string, string>;
  readonly #entries: readonly [name: string, value: string][];

  /** Names are in lower case. Of several values for a name, the last is taken. */
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

  /** All of both; `more` wins. */
  with(more: Iterable<readonly [name: string, value: string]>): FixedHeaders {
    return new FixedHeaders([...this.#entries, ...more]);
  }

  [Symbol.iterator](): ArrayIterator<[name: string, value: string]> {
    return this.#entries[Symbol.iterator]();
  }
}
