/**
 * Keeps tokens for several processes. What it is given is sealed: whoever reads the store learns nothing, and what
 * somebody else wrote into it opens for nobody. It may be slow or fail; that delays no call by more than half a second,
 * and fails none.
 */
export interface TokenStore {
  /** What was set under a key, or undefined if there is nothing, or nothing any more. */
  get(key: string): Promise<string | undefined>;
  /** Keeps a value for `ttlMs` milliseconds. Replaces what was there. */
  set(key: string, value: string, options: { readonly ttlMs: number }): Promise<void>;
  /**
   * Takes the lock of a key for at most `ttlMs` milliseconds, so that one process requests a token and the others wait for
   * it: resolves with a function that gives it back, or with undefined while another has it. Need not be exact: two who
   * have it at once make one request more. Default: none, so that processes that start at once make a request each.
   */
  lock?(key: string, options: { readonly ttlMs: number }): Promise<(() => Promise<void>) | undefined>;
}

/** What a store was asked to do. */
export type StoreOperation = "get" | "set" | "lock" | "unlock";
