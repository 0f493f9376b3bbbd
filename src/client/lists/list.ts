import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import { checkOptions, requireKnown, requireNumber, requireObject } from "../../shared/invalid-option.ts";
import { checkCall } from "../call-options.ts";
import { checkListOptions, LIST_OPTIONS, type ListOptions, type ListPage } from "./list-options.ts";
import type { Listing, ListRpc } from "./page-reader.ts";

type Pages = typeof import("./pages.ts");

/** How a list gets at what it calls. */
export interface ListSource {
  /** The RPC as a client has it, to show: `zitadel.user.v2.UserService.listUsers`. */
  readonly name: string;
  /** The RPC, once its service is imported. */
  open(): ListRpc | Promise<ListRpc>;
}

/**
 * What an RPC that lists returns. Nothing is sent until it is used:
 *
 * - awaited, it is the server's answer to the request as it is: the first page
 * - iterated (`for await`), it is all items, page by page; the next page is read while you work on this one
 *
 * Each use sends its own requests, in the async context (`AsyncLocalStorage`) in which the list was made.
 */
export class List<Item, Response extends object> extends Promise<Response> implements AsyncIterable<Item> {
  readonly #source: ListSource;
  readonly #request: object | undefined;
  readonly #options: ListOptions;
  readonly #inContext = AsyncLocalStorage.snapshot();
  #response: Promise<Response> | undefined;

  static {
    // What util.inspect() asks for. Not a method in the class: its name, a symbol, has no place in declarations.
    Object.defineProperty(List.prototype, inspect.custom, {
      value(this: List<unknown, object>): string {
        // Not the request: what it asks for may be confidential.
        return `List <${this.#source.name}: await it for the first page, iterate over it for all items>`;
      },
    });
  }

  /** @internal */
  constructor(source: ListSource, request: object | undefined, options: ListOptions = {}) {
    // What it resolves to is never looked at: `then()` below is what an `await` calls.
    super(resolveAtOnce);
    checkCall({ name: source.name, request, options, known: LIST_OPTIONS });
    checkOptions(`${source.name}()`, () => checkListOptions(options));
    this.#source = source;
    this.#request = request;
    this.#options = options;
  }

  /** What is derived from it, as by `finally()`, is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** The server's response to the request as it is. Sent once, however often it is awaited. */
  // biome-ignore lint/suspicious/noThenProperty: it is a promise, which sends its request only when awaited
  override then<A = Response, B = never>(
    onResponse?: ((response: Response) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#response ??= this.#inContext(() => this.#send());
    return this.#response.then(onResponse, onError);
  }

  /** All items. Leaving the loop cancels what is under way. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, undefined> {
    yield* this.#iterate("iterateItems") as AsyncIterable<Item>;
    return undefined;
  }

  /** All items, page by page, with the place after each page to resume from. */
  async *pages(): AsyncGenerator<ListPage<Item, Response>, undefined> {
    yield* this.#iterate("iteratePages") as AsyncIterable<ListPage<Item, Response>>;
    return undefined;
  }

  /** The items as an array: all of them, or as many as `limit` says, with no page larger than that. */
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
   * How many items there are. As the server says, from an answer with a single item; where it does not say, or only
   * speaks of that answer, they are counted by reading all.
   */
  async total(): Promise<number> {
    const [rpc, { totalOf }] = await this.#load();
    return await totalOf({ rpc, request: this.#request, options: this.#options });
  }

  /**
   * Of a list that is not awaited there is nothing to tell.
   *
   * @throws TypeError always: it names the ways to what a list has
   */
  toJSON(): never {
    throw new TypeError(
      `${this.#source.name}: JSON.stringify was given a list that is not awaited. Await it for its first page, or use ` +
        "toJson(await list.toArray()) for all items",
    );
  }

  async #send(): Promise<Response> {
    const rpc = await this.#source.open();
    return (await rpc.call(this.#request, this.#options)) as Response;
  }

  /** What it takes to iterate. */
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
