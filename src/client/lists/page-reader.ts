import {
  type DescField,
  type DescMessage,
  type DescMethodUnary,
  type Message,
  toBinary,
} from "@bufbuild/protobuf";
import { fieldValue } from "../../descriptor/field-value.ts";
import type { CallOptions } from "../call-options.ts";
import { createRequest } from "../messages.ts";
import { DEFAULT_PAGE_SIZE, type ListCursor, type ListOptions, MAX_PAGE_SIZE } from "./list-options.ts";
import { type ListShape, listShape } from "./list-shape.ts";
import { PageRequest } from "./page-request.ts";
import { PageSize, type PageSizes } from "./page-size.ts";

/** An RPC that lists, ready to be called. */
export interface ListRpc {
  readonly method: DescMethodUnary;
  call(request: object | undefined, options: CallOptions | undefined): Promise<object>;
}

/** What to iterate. */
export interface Listing {
  readonly rpc: ListRpc;
  readonly request: object | undefined;
  readonly options: ListOptions;
  /** The maximum page size. Default: `MAX_PAGE_SIZE`. */
  readonly atMost?: number | undefined;
}

/** A page that was read. */
export interface ReadPage {
  readonly response: Message;
  readonly items: readonly unknown[];
  /** The identities of the items, in the same order. */
  readonly ids: readonly string[];
  /** The server's total number of items. Zitadel's is 0 beyond the end of a list. */
  readonly total: number;
  /** The maximum number of items: as many as were requested, or as the server allows. */
  readonly limit: number;
  /** How many items to request next. */
  readonly nextLimit: number;
}

/** A page of a list, and the position after it. */
export interface Step {
  readonly page: ReadPage;
  /** The indexes of the items that were not yielded before. */
  readonly fresh: readonly number[];
  /** The position after the page, and the identities of the items before it. */
  readonly position: string;
  readonly anchors: readonly string[];
}

/** How many items of a page are measured to estimate the size of all. */
const SAMPLE = 10;

/** Reads the pages of a list. */
export class PageReader {
  readonly shape: ListShape;
  readonly request: PageRequest;
  readonly #rpc: ListRpc;
  readonly #options: CallOptions;
  readonly #size: PageSize;

  constructor({ rpc, request, options: { resumeFrom: _, pageSize, ...options }, atMost }: Listing) {
    this.shape = listShape(rpc.method);
    this.#rpc = rpc;
    this.#options = options;
    this.request = new PageRequest(this.shape, rpc.method.input, createRequest(rpc.method, request));
    const { limit } = this.request;
    this.#size = new PageSize(pageSizes(pageSize ?? (limit > 0 ? limit : undefined), atMost));
  }

  /** How many items to request next. */
  get nextLimit(): number {
    return this.#size.next;
  }

  /** Reads the page at a position, with fewer items if the server rejects that many. */
  async read(position: string, limit: number): Promise<ReadPage> {
    for (let asked = limit; ; ) {
      const started = performance.now();
      try {
        const response = await this.#rpc.call(this.request.at(position, asked), this.#options);
        return this.#page(response as Message, asked, performance.now() - started);
      } catch (error) {
        const smaller = this.#size.shrink(error, asked);
        if (smaller === undefined) throw error;
        asked = smaller;
      }
    }
  }

  #page(response: Message, asked: number, ms: number): ReadPage {
    const { items: field, identify, total, appliedLimit } = this.shape;
    const applied = readNumber(response, appliedLimit);
    const items = fieldValue(response, field) as readonly unknown[];
    const limit = applied > 0 ? Math.min(applied, asked) : asked;
    this.#size.take({ asked, limit, count: items.length, bytes: measure(items, field), ms });
    return {
      response,
      items,
      ids: distinct(items.map(identify)),
      total: readNumber(response, total),
      limit,
      nextLimit: this.#size.next,
    };
  }
}

/** The indexes of new items on a page: all but those that an earlier iteration has already yielded. */
export function findUnknown({ ids }: ReadPage, cursor: ListCursor | undefined): readonly number[] {
  const known = new Set(cursor?.anchors);
  return ids.flatMap((id, index) => (known.has(id) ? [] : index));
}

/** A page size that the caller chose is kept. */
function pageSizes(chosen: number | undefined, atMost = MAX_PAGE_SIZE): PageSizes {
  const most = Math.min(chosen ?? MAX_PAGE_SIZE, atMost, MAX_PAGE_SIZE);
  return { first: Math.min(chosen ?? DEFAULT_PAGE_SIZE, most), most };
}

/** The approximate size of items in bytes, from a sample. */
function measure(items: readonly unknown[], { message }: DescField): number {
  const step = Math.max(1, Math.floor(items.length / SAMPLE));
  const sample = items.filter((_, index) => index % step === 0);
  const bytes = sample.reduce<number>((sum, item) => sum + measureItem(item, message), 0);
  return (bytes / Math.max(1, sample.length)) * items.length;
}

function measureItem(item: unknown, message: DescMessage | undefined): number {
  if (message === undefined) return String(item).length;
  try {
    return toBinary(message, item as Message).length;
  } catch {
    // An interceptor created an item that cannot be encoded.
    return 0;
  }
}

function readNumber(message: Message, path: readonly DescField[]): number {
  let value: unknown = message;
  for (const field of path) value = value === undefined ? undefined : fieldValue(value, field);
  return path.length === 0 ? 0 : Number(value ?? 0);
}

/** No response contains an object twice, so items with the same identity are numbered. */
function distinct(ids: readonly string[]): readonly string[] {
  if (new Set(ids).size === ids.length) return ids;
  const counts = new Map<string, number>();
  return ids.map((id) => {
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    return count === 1 ? id : `${id}\n#${count}`;
  });
}
