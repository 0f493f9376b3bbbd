import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import { checkOptions, requireKnown, requireNumber, requireObject } from "../../shared/invalid-option.ts";
import { checkCall } from "../call-options.ts";
import { checkListOptions, LIST_OPTIONS, type ListOptions, type ListPage } from "./list-options.ts";
import type { Listing, ListRpc } from "./page-reader.ts";

type Pages = typeof import("./pages.ts");

/** What a list calls. */
export interface ListSource {
  /** The name of the RPC, for messages: `zitadel.user.v2.UserService.listUsers`. */
  readonly name: string;
  /** The RPC, once its service is imported. */
  open(): ListRpc | Promise<ListRpc>;
}

/**
 * The return value of an RPC that lists. Nothing is sent until it is used:
 *
 * - awaited, it is the server's response to the request as it is: the first page
 * - iterated (`for await`), it yields all items, page by page; the next page is read while you process this one
 *
 * Each use sends its own requests, in the async context (`AsyncLocalStorage`) in which the list was created.
 *
 * @example
 * ```ts
 * const firstPage = await zitadel.user.v2.listUsers();
 * for await (const user of zitadel.user.v2.listUsers()) console.log(user.userId);
 * const ten = await zitadel.user.v2.listUsers().toArray({ limit: 10 });
 * ```
 */
export class List<Item, Response extends object> extends Promise<Response> implements AsyncIterable<Item> {
  readonly #source: ListSource;
  readonly #request: object | undefined;
  readonly #options: ListOptions;
  readonly #inContext = AsyncLocalStorage.snapshot();
  #response: Promise<Response> | undefined;

  static {
    // For util.inspect(). Not a method of the class, to keep its symbol out of the declarations.
    Object.defineProperty(List.prototype, inspect.custom, {
      value(this: List<unknown, object>): string {
        // Does not show the request, which may be confidential.
        return `List <${this.#source.name}: await it for the first page, iterate over it for all items>`;
      },
    });
  }

  /** @internal */
  constructor(source: ListSource, request: object | undefined, options: ListOptions = {}) {
    // The value of this promise is never used: `await` calls `then()` below.
    super(resolveAtOnce);
    checkCall({ name: source.name, request, options, known: LIST_OPTIONS });
    checkOptions(`${source.name}()`, () => checkListOptions(options));
    this.#source = source;
    this.#request = request;
    this.#options = options;
  }

  /** Derived promises, as from `finally()`, are plain promises. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** The server's response to the request as it is. Sent only once, however often it is awaited. */
  // biome-ignore lint/suspicious/noThenProperty: it is a promise, which sends its request only when awaited
  override then<A = Response, B = never>(
    onResponse?: ((response: Response) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#response ??= this.#inContext(() => this.#send());
    return this.#response.then(onResponse, onError);
  }

  /** All items. Leaving the loop cancels the pending request. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, undefined> {
    yield* this.#iterate("iterateItems") as AsyncIterable<Item>;
    return undefined;
  }

  /** All items, page by page, with a cursor after each page to resume from. */
  async *pages(): AsyncGenerator<ListPage<Item, Response>, undefined> {
    yield* this.#iterate("iteratePages") as AsyncIterable<ListPage<Item, Response>>;
    return undefined;
  }

  /** The items as an array: all of them, or at most `limit`, with no page larger than that. */
  async toArray(options: { readonly limit?: number | undefined } = {}): Promise<Item[]> {
    checkOptions("toArray()", () => {
      requireObject("its argument", options, "{ limit }");
      requireKnown("", options, { limit: true });
      requireNumber("limit", options.limit, { min: 0, fractions: true, unit: "a number of items" });
    });
    const { limit = Number.POSITIVE_INFINITY } = options;
    const items: unknown[] = [];
    if (limit === 0) return [];
    for await (const item of this.#iterate("collectItems", Math.ceil(limit))) {
      items.push(item);
      if (items.length >= limit) break;
    }
    return items as Item[];
  }

  /**
   * The number of items: the server's total, from a response with a single item. If there is no total, or it only counts
   * that response, all items are read and counted.
   */
  async total(): Promise<number> {
    const [rpc, { countItems }] = await this.#load();
    return await countItems({ rpc, request: this.#request, options: this.#options });
  }

  /**
   * A list that was not awaited cannot be serialized.
   *
   * @throws TypeError always, with what to do instead
   */
  toJSON(): never {
    throw new TypeError(
      `${this.#source.name}: JSON.stringify was given a list that was not awaited. Await it for its first page, or use ` +
        "toJson(await list.toArray()) for all items",
    );
  }

  async #send(): Promise<Response> {
    const rpc = await this.#source.open();
    return (await rpc.call(this.#request, this.#options)) as Response;
  }

  /** Loads the code and the RPC for an iteration. */
  #load(): Promise<[ListRpc, Pages]> {
    const inContext = this.#inContext;
    return inContext(async (): Promise<[ListRpc, Pages]> => {
      const [{ method, call }, pages] = await Promise.all([this.#source.open(), import("./pages.ts")]);
      return [{ method, call: (request, options) => inContext(call, request, options) }, pages];
    });
  }

  async *#iterate(
    how: "iterateItems" | "iteratePages" | "collectItems",
    atMost?: number,
  ): AsyncGenerator<unknown, undefined> {
    const leave = new AbortController();
    const given = this.#options.signal;
    const signal = given === undefined ? leave.signal : AbortSignal.any([given, leave.signal]);
    try {
      const [rpc, pages] = await this.#load();
      const listing: Listing = {
        rpc,
        request: this.#request,
        options: { ...this.#options, signal },
        atMost,
      };
      yield* pages[how](listing);
    } finally {
      leave.abort();
    }
    return undefined;
  }
}

function resolveAtOnce(resolve: (value: never) => void): void {
  resolve(undefined as never);
}
