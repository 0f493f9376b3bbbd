/** Options of `bulk()`. */
export interface BulkOptions {
  /** How many items are worked on at once. Default: 10. */
  readonly concurrency?: number | undefined;
  /** `stop`: the first error ends all. `continue`: it is the result of its item. Default: `stop`. */
  readonly onError?: "stop" | "continue" | undefined;
  /** Called after each item. */
  readonly onProgress?: ((progress: BulkProgress) => void) | undefined;
  /** Ends all. */
  readonly signal?: AbortSignal | undefined;
}

/** How far a bulk job is. */
export interface BulkProgress {
  /** How many items are done, failed ones included. */
  readonly done: number;
  readonly failed: number;
  /** How many items there are; `undefined` where that is known only at the end. */
  readonly total: number | undefined;
}

/** What became of an item. */
export type BulkResult<Item, Value> =
  | { readonly item: Item; readonly index: number; readonly status: "fulfilled"; readonly value: Value }
  | { readonly item: Item; readonly index: number; readonly status: "rejected"; readonly reason: unknown };

/** What a worker is told, apart from its item. */
export interface BulkContext {
  /** Where the item is in the list, from 0. */
  readonly index: number;
  /** Aborts when the job ends early: pass it on to calls. */
  readonly signal: AbortSignal;
}

/** Works on an item. */
export type BulkWorker<Item, Value> = (item: Item, context: BulkContext) => Value | PromiseLike<Value>;
