import type { BulkResult } from "./bulk-options.ts";

/** A bulk job that ended early. `cause` is the error or the signal's reason that ended it. */
export class BulkError<Item = unknown, Value = unknown> extends Error {
  override readonly name = "BulkError";
  /** What became of the items that were worked on, in their order. Of the others nothing is known: they were not begun. */
  readonly results: readonly BulkResult<Item, Value>[];

  /** @internal */
  constructor(cause: unknown, results: readonly BulkResult<Item, Value>[]) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`ended early, after ${results.length} items: ${why}`, { cause });
    this.results = results;
  }
}
