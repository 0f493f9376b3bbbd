import { BulkError } from "./bulk-error.ts";
import type { BulkOptions, BulkResult, BulkWorker } from "./bulk-options.ts";

const DEFAULT_CONCURRENCY = 10;

/** A run of `bulk()`. */
export class BulkJob<Item, Value> {
  readonly #source: AsyncIterator<Item>;
  readonly #total: number | undefined;
  readonly #worker: BulkWorker<Item, Value>;
  readonly #options: BulkOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #results: BulkResult<Item, Value>[] = [];
  #taken = 0;
  #done = 0;
  #failed = 0;

  constructor(
    items: Iterable<Item> | AsyncIterable<Item>,
    worker: BulkWorker<Item, Value>,
    options: BulkOptions,
  ) {
    const { concurrency = DEFAULT_CONCURRENCY, signal } = options;
    if (!(Number.isInteger(concurrency) && concurrency > 0)) {
      throw new TypeError(`concurrency: expected an integer above 0, got ${concurrency}`);
    }
    this.#source = iterate(items);
    this.#total = Array.isArray(items) ? items.length : undefined;
    this.#worker = worker;
    this.#options = { ...options, concurrency };
    this.#signal = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
  }

  async run(): Promise<BulkResult<Item, Value>[]> {
    const workers = Array.from({ length: this.#options.concurrency ?? DEFAULT_CONCURRENCY }, () =>
      this.#work(),
    );
    await Promise.all(workers);
    // Those of items that were not reached are missing.
    const results = this.#results.filter(() => true);
    if (this.#signal.aborted) {
      await this.#source.return?.();
      throw new BulkError(this.#signal.reason, results);
    }
    return results;
  }

  /** One worker: takes items until there are none. */
  async #work(): Promise<void> {
    try {
      while (!this.#signal.aborted) {
        const next = await this.#take();
        if (next === undefined || this.#signal.aborted) return;
        await this.#settle(next.item, next.index);
      }
    } catch (error) {
      this.#stop.abort(error);
    }
  }

  /** Workers may ask at the same time: generators answer in turn. */
  async #take(): Promise<{ item: Item; index: number } | undefined> {
    const { done, value } = await this.#source.next();
    if (done === true) return undefined;
    this.#taken += 1;
    return { item: value, index: this.#taken - 1 };
  }

  async #settle(item: Item, index: number): Promise<void> {
    try {
      const value = await this.#worker(item, { index, signal: this.#signal });
      this.#results[index] = { item, index, status: "fulfilled", value };
    } catch (reason) {
      this.#failed += 1;
      this.#results[index] = { item, index, status: "rejected", reason };
      if (this.#options.onError !== "continue") this.#stop.abort(reason);
    }
    this.#done += 1;
    this.#options.onProgress?.({ done: this.#done, failed: this.#failed, total: this.#total });
  }
}

async function* iterate<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item> {
  yield* items;
}
