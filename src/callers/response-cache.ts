import { hash } from "node:crypto";

/** What is kept, and until when by the cache's clock. */
interface Entry<T> {
  readonly value: T;
  readonly freshUntil: number;
}

/** Knows tokens by a hash, so that no token stays in memory for being known. */
export function hashToken(token: string): string {
  return hash("sha256", token, "base64url");
}

/** Keeps at most `maxEntries` values, those that were used last. */
export class ResponseCache<T> {
  readonly #maxEntries: number;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry<T>>();

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** The value of a key that is still fresh. */
  get(key: string, now: number): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (now >= entry.freshUntil) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Keeps a value, in place of the one that was not used for the longest time. */
  set(key: string, value: T, freshUntil: number): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#maxEntries) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    if (this.#maxEntries > 0) this.#entries.set(key, { value, freshUntil });
  }
}
