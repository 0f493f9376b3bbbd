import { systemClock } from "../shared/clock.ts";
import {
  checkOptions,
  requireFunction,
  requireKnown,
  requireNumber,
  requireObject,
  requireOneOf,
  requireSignal,
} from "../shared/invalid-option.ts";
import { withPriority } from "../shared/priority.ts";
import { abortable } from "../shared/sleep.ts";
import { thrownText } from "../shared/thrown.ts";
import { type BulkProgress, Throughput } from "./progress.ts";

const DEFAULT_CONCURRENCY = 10;

/** Options of `bulk()`. */
export interface BulkOptions {
  /** The maximum number of items in progress. Default: 10. */
  readonly concurrency?: number | undefined;
  /** `stop`: the first error ends the job. `continue`: the error becomes the item's result. Default: `stop`. */
  readonly onError?: "stop" | "continue" | undefined;
  /** The total number of items, for `onProgress`. Default: the size of the array, set or map. */
  readonly total?: number | undefined;
  /**
   * Called after each item. If it returns a promise, the item counts as in progress until that resolves. If it throws
   * or rejects, the job ends, even with `onError: "continue"`.
   */
  readonly onProgress?: ((progress: BulkProgress) => void | PromiseLike<void>) | undefined;
  /** Ends the job. */
  readonly signal?: AbortSignal | undefined;
}

/** The result of an item. */
export type BulkResult<Item, Value> =
  | { readonly item: Item; readonly index: number; readonly status: "fulfilled"; readonly value: Value }
  | { readonly item: Item; readonly index: number; readonly status: "rejected"; readonly reason: unknown };

/** What a worker gets besides its item. */
export interface BulkContext {
  /** The position of the item in the list, from 0. */
  readonly index: number;
  /** Aborts when the job ends early: pass it to calls. */
  readonly signal: AbortSignal;
}

/** Processes one item. */
export type BulkWorker<Item, Value> = (item: Item, context: BulkContext) => Value | PromiseLike<Value>;

/** A bulk job ended early. `cause` is the error, or the signal's reason, that ended it. */
export class BulkError<Item = unknown, Value = unknown> extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "BulkError";
  override readonly name = "BulkError";
  /** The results of the items that were started, in order. The others were not started. */
  readonly results: readonly BulkResult<Item, Value>[];

  /** @internal */
  constructor(cause: unknown, results: readonly BulkResult<Item, Value>[]) {
    super(`ended early, after ${results.length} items: ${thrownText(cause)}`, { cause });
    this.results = results;
    // Otherwise, for an uncaught error, Node would print all results, and the cause twice.
    Object.defineProperty(this, "results", { enumerable: false });
  }
}

/**
 * Runs a worker for all items of a list, several at a time. Resolves with the result of each, in the order of the
 * items. Accepts anything iterable, including lists of this package; requests one item at a time, and only when a
 * worker is free. If the client has a `pace`, calls of the workers come after all others.
 *
 * If it ends early, because of an error or the signal, it aborts the signal of the running workers and waits for them,
 * so that nothing continues in the background. It closes the source, but does not wait for it.
 *
 * @example
 * ```ts
 * import { bulk } from "zitadel-connect";
 *
 * const userIds = ["218790123456789012", "218790123456789013"];
 * const results = await bulk(userIds, (userId, { signal }) =>
 *   zitadel.user.v2.deactivateUser({ userId }, { signal }),
 * );
 * ```
 *
 * @throws BulkError if it ends early, with the results so far
 * @throws TypeError if an option is invalid
 */
export async function bulk<Item, Value>(
  items: Iterable<Item> | AsyncIterable<Item>,
  worker: BulkWorker<Item, Value>,
  options: BulkOptions = {},
): Promise<BulkResult<Item, Value>[]> {
  checkOptions("bulk()", () => check(options));
  const { concurrency = DEFAULT_CONCURRENCY } = options;
  return await new BulkJob(worker, options).run(items, concurrency);
}

const KNOWN: Record<keyof BulkOptions, true> = {
  concurrency: true,
  onError: true,
  total: true,
  onProgress: true,
  signal: true,
};

const FOREIGN = {
  parallel: "concurrency",
  parallelism: "concurrency",
  workers: "concurrency",
  limit: "concurrency",
};

function check(options: BulkOptions): void {
  requireObject("its third argument", options, "{ concurrency }");
  requireKnown("", options, KNOWN, FOREIGN);
  requireNumber("concurrency", options.concurrency, { min: 1, max: Number.MAX_SAFE_INTEGER });
  requireNumber("total", options.total, { min: 0 });
  requireOneOf("onError", options.onError, ["stop", "continue"]);
  requireFunction("onProgress", options.onProgress);
  requireSignal("signal", options.signal);
}

type Source<Item> = Iterator<Item> | AsyncIterator<Item>;

class BulkJob<Item, Value> {
  readonly #worker: BulkWorker<Item, Value>;
  readonly #options: BulkOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #throughput = new Throughput(() => systemClock.monotonic());
  readonly #results: BulkResult<Item, Value>[] = [];
  #total: number | undefined;
  #running = 0;
  #done = 0;
  #failed = 0;
  #wake = (): void => {};

  constructor(worker: BulkWorker<Item, Value>, options: BulkOptions) {
    this.#worker = worker;
    this.#options = options;
    const { signal } = options;
    this.#signal = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
  }

  async run(
    items: Iterable<Item> | AsyncIterable<Item>,
    concurrency: number,
  ): Promise<BulkResult<Item, Value>[]> {
    this.#total = this.#options.total ?? getSize(items);
    try {
      this.#signal.throwIfAborted();
      await this.#workOnAll(iterate(items), concurrency);
    } catch (error) {
      this.#stop.abort(error);
    }
    await this.#idle(0);
    if (this.#signal.aborted) throw new BulkError(this.#signal.reason, this.#results);
    return this.#results;
  }

  async #workOnAll(source: Source<Item>, concurrency: number): Promise<void> {
    for (let index = 0; ; index++) {
      const next = await this.#take(source);
      if (next.done === true) return;
      void this.#settle(next.value, index);
      await this.#idle(concurrency - 1);
    }
  }

  /** Returns the next item. Rejects when the job ends, even if the source hangs. */
  async #take(source: Source<Item>): Promise<IteratorResult<Item>> {
    try {
      this.#signal.throwIfAborted();
      const next = Promise.resolve(source.next());
      // Handles its rejection if the job ends first.
      next.catch(() => {});
      const taken = await abortable(next, this.#signal);
      this.#signal.throwIfAborted();
      return taken;
    } finally {
      if (this.#signal.aborted) void close(source);
    }
  }

  /** Runs the worker for an item. Never rejects. */
  async #settle(item: Item, index: number): Promise<void> {
    this.#running += 1;
    try {
      const work = (): Value | PromiseLike<Value> => this.#worker(item, { index, signal: this.#signal });
      const value = await withPriority("background", work);
      this.#results[index] = { item, index, status: "fulfilled", value };
    } catch (reason) {
      this.#failed += 1;
      this.#results[index] = { item, index, status: "rejected", reason };
      if (this.#options.onError !== "continue") this.#stop.abort(reason);
    }
    this.#done += 1;
    this.#throughput.count();
    try {
      await this.#options.onProgress?.(this.#progress());
    } catch (error) {
      this.#stop.abort(error);
    }
    this.#running -= 1;
    this.#wake();
  }

  #progress(): BulkProgress {
    const remainingMs =
      this.#total === undefined ? undefined : this.#throughput.remainingMs(this.#total - this.#done);
    const { perSecond } = this.#throughput;
    return { done: this.#done, failed: this.#failed, total: this.#total, perSecond, remainingMs };
  }

  /** Waits until at most this many workers are running. */
  async #idle(running: number): Promise<void> {
    while (this.#running > running) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }
}

function iterate<Item>(items: Iterable<Item> | AsyncIterable<Item>): Source<Item> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

/** Closes a source that is no longer needed. The job does not wait for this, since it may hang. */
async function close(source: Source<unknown>): Promise<void> {
  try {
    await source.return?.();
  } catch {
    // The caller gets the error that ended the job, not this one.
  }
}

function getSize(items: object): number | undefined {
  if (Array.isArray(items)) return items.length;
  return items instanceof Set || items instanceof Map ? items.size : undefined;
}
