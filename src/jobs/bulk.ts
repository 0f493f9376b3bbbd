import { BulkJob } from "./bulk-job.ts";
import type { BulkOptions, BulkResult, BulkWorker } from "./bulk-options.ts";

/**
 * Works on all items of a list, a few at once. Resolves with the result of each, in the order of the items. Takes
 * anything that can be iterated, also lists of this package; items are taken only as workers get free.
 *
 * @throws BulkError when it ended early, because of an error or of the signal; it has the results up to then
 */
export async function bulk<Item, Value>(
  items: Iterable<Item> | AsyncIterable<Item>,
  worker: BulkWorker<Item, Value>,
  options: BulkOptions = {},
): Promise<BulkResult<Item, Value>[]> {
  return await new BulkJob(items, worker, options).run();
}
