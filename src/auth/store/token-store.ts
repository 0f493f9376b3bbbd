/**
 * Stores tokens for several processes. Values are sealed: reading the store reveals nothing, and values that somebody else
 * wrote are ignored. A store that is slow or fails makes no call fail: each operation may take 500 ms, and after one that
 * fails or takes longer, the store is not used again for that token. Obtaining a token takes up to four operations (get,
 * lock, get, set), so a slow store delays calls by two seconds at most; waiting for another process's token comes on top.
 */
export interface TokenStore {
  /** Returns the value of a key; undefined if there is none, or it has expired. */
  get(key: string): Promise<string | undefined>;
  /** Stores a value for `ttlMs` milliseconds. Replaces an earlier one. */
  set(key: string, value: string, options: { readonly ttlMs: number }): Promise<void>;
  /**
   * Acquires the lock of a key for at most `ttlMs` milliseconds, so that one process requests a token and the others wait
   * for it. Resolves with a function that releases it, or with undefined while another process has it. Need not be exact:
   * two holders at once make one extra request. Default: no locks, so processes that start at the same time make one
   * request each.
   */
  lock?(key: string, options: { readonly ttlMs: number }): Promise<(() => Promise<void>) | undefined>;
}

/** An operation of a store. */
export type StoreOperation = "get" | "set" | "lock" | "unlock";
