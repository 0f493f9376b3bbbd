import { systemClock } from "../shared/clock.ts";
import {
  checkOptions,
  requireFunction,
  requireKnown,
  requireNumber,
  requireObject,
  requireOneOf,
} from "../shared/invalid-option.ts";
import { withPriority } from "../shared/priority.ts";
import { abortable } from "../shared/sleep.ts";
import { thrownText } from "../shared/thrown.ts";
import { type BulkProgress, Pace } from "./progress.ts";

const DEFAULT_CONCURRENCY = 10;

/** Options of `bulk()`. */
export interface BulkOptions {
  /** How many items are worked on at once. Default: 10. */
  readonly concurrency?: number | undefined;
  /** `stop`: the first error ends all. `continue`: it is the result of its item. Default: `stop`. */
  readonly onError?: "stop" | "continue" | undefined;
  /** How many items there are, for `onProgress`. Default: as many as the array, set or map has. */
  readonly total?: number | undefined;
  /**
   * Called after each item. If it returns a promise, the next item takes this one's place only when it resolves. An
   * error of its own ends all, also with `onError: "continue"`.
   */
  readonly onProgress?: ((progress: BulkProgress) => void | PromiseLike<void>) | undefined;
  /** Ends all. */
  readonly signal?: AbortSignal | undefined;
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

/** A bulk job that ended early. `cause` is the error or the signal's reason that ended it. */
export class BulkError<Item = unknown, Value = unknown> extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "BulkError";
  override readonly name = "BulkError";
  /** What became of the items that were worked on, in their order. The others were not begun. */
  readonly results: readonly BulkResult<Item, Value>[];

  /** @internal */
  constructor(cause: unknown, results: readonly BulkResult<Item, Value>[]) {
    super(`ended early, after ${results.length} items: ${thrownText(cause)}`, { cause });
    this.results = results;
    // Of an error that nobody catches, Node would print each of them, and the failure once more.
    Object.defineProperty(this, "results", { enumerable: false });
  }
}

/**
 * Works on all items of a list, a few at once. Resolves with the result of each, in the order of the items. Takes
 * anything that can be iterated, also lists of this package; it is asked for one item at a time, and only when a worker
 * is free. Where the client has a `pace`, calls of its workers come after all others.
 *
 * When it ends early, because of an error or of the signal, it waits for the workers that are running, whose signal
 * aborts, so that nothing goes on behind its back. It does not wait for the source, which it tells to close.
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
 * @throws BulkError when it ended early; it has the results up to then
 * @throws TypeError if an option cannot be used
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
}

type Source<Item> = Iterator<Item> | AsyncIterator<Item>;

class BulkJob<Item, Value> {
  readonly #worker: BulkWorker<Item, Value>;
  readonly #options: BulkOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #pace = new Pace(() => systemClock.monotonic());
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
    this.#total = this.#options.total ?? sizeOf(items);
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

  /** The next item. Ends with the job, even if the source hangs. */
  async #take(source: Source<Item>): Promise<IteratorResult<Item>> {
    try {
      this.#signal.throwIfAborted();
      const next = Promise.resolve(source.next());
      // Nobody else may be there to hear of its failure, should the job end first.
      next.catch(() => {});
      const taken = await abortable(next, this.#signal);
      this.#signal.throwIfAborted();
      return taken;
    } finally {
      if (this.#signal.aborted) void close(source);
    }
  }

  /** Works on an item. Never rejects. */
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
    this.#pace.count();
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
      this.#total === undefined ? undefined : this.#pace.remainingMs(this.#total - this.#done);
    const { perSecond } = this.#pace;
    return { done: this.#done, failed: this.#failed, total: this.#total, perSecond, remainingMs };
  }

  /** Waits until no more than so many workers are running. */
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

/** Tells a source that it is not needed any more. Nobody waits for it: one that hangs hears it never. */
async function close(source: Source<unknown>): Promise<void> {
  try {
    await source.return?.();
  } catch {
    // What ended the job is what its caller is told.
  }
}

function sizeOf(items: object): number | undefined {
  if (Array.isArray(items)) return items.length;
  return items instanceof Set || items instanceof Map ? items.size : undefined;
}
