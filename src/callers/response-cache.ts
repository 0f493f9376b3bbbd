import { hash } from "node:crypto";

/** A value, and the time until which it is fresh. */
interface Entry<T> {
  readonly value: T;
  readonly freshUntil: number;
}

/** Identifies tokens by a hash, so that no token stays in memory. */
export function hashToken(token: string): string {
  return hash("sha256", token, "base64url");
}

/** Keeps at most `maxEntries` values, the most recently used ones. */
export class ResponseCache<T> {
  readonly #maxEntries: number;
  /** Ordered by last use. */
  readonly #entries = new Map<string, Entry<T>>();

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** The value of a key, if it is still fresh. */
  get(key: string, now: number): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (now >= entry.freshUntil) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Stores a value; when full, evicts the least recently used one. */
  set(key: string, value: T, freshUntil: number): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#maxEntries) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    if (this.#maxEntries > 0) this.#entries.set(key, { value, freshUntil });
  }
}
