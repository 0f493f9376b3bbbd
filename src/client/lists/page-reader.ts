import {
  clone,
  create,
  type DescField,
  type DescMessage,
  type DescMethodUnary,
  type Message,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { fieldValue } from "../../descriptor/field-value.ts";
import type { CallOptions } from "../call-options.ts";
import { createRequest } from "../messages.ts";
import { beginBehind, isByTime } from "./event-request.ts";
import { DEFAULT_PAGE_SIZE, type ListCursor, type ListOptions, MAX_PAGE_SIZE } from "./list-options.ts";
import { type ListShape, listShape } from "./list-shape.ts";
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
  /** No page is asked for with more items than this. Default: `MAX_PAGE_SIZE`. */
  readonly atMost?: number | undefined;
}

/** A page as it was read. */
export interface ReadPage {
  readonly response: Message;
  readonly items: readonly unknown[];
  /** The identities of the items, in the same order. */
  readonly ids: readonly string[];
  /** How many items the list has, as far as the server says. Zitadel says 0 beyond the end of a list. */
  readonly total: number;
  /** How many items it has at most: as many as were asked for, or as the server allows. */
  readonly limit: number;
  /** How many to ask for next. */
  readonly nextLimit: number;
}

/** A page of a list, and how far the list is read with it. */
export interface Step {
  readonly page: ReadPage;
  /** Which of the page's items, by index, were not yielded before. */
  readonly fresh: readonly number[];
  /** The place behind it, and the identities of the items before that place. */
  readonly position: string;
  readonly anchors: readonly string[];
}

type Fields = Record<string, unknown>;

/** So many items of a page tell how large all of them are. */
const SAMPLE = 10;

/** Reads the pages of a list, and never changes the request that they are made from. */
export class PageReader {
  readonly shape: ListShape;
  /** Where the list begins: the request's own offset, sequence number or page token. */
  readonly start: string;
  /** Whether the request wants an ascending order. */
  readonly ascending: boolean;
  /** Whether its positions are times: those of the events of several objects. */
  readonly isByTime: boolean;
  readonly #rpc: ListRpc;
  readonly #options: CallOptions;
  readonly #base: Message;
  readonly #size: PageSize;

  constructor({ rpc, request, options: { resumeFrom: _, pageSize, ...options }, atMost }: Listing) {
    const { input } = rpc.method;
    this.shape = listShape(rpc.method);
    this.#rpc = rpc;
    this.#options = options;
    // A copy, as what the caller brought may be a message.
    this.#base = clone(input, createRequest(rpc.method, request));
    setSorting(this.#base, this.shape);
    const { paging } = this.shape;
    const settings = paging && holderOf(this.#base, paging.field);
    const start = paging?.by === "time" ? "0" : settings?.[paging?.place ?? ""];
    this.start = String(start ?? (paging?.by === "token" ? "" : "0"));
    this.ascending = settings?.["asc"] === true;
    this.isByTime = paging?.by === "time" && isByTime(this.#base);
    const limit = Number(settings?.[paging?.limit ?? ""] ?? 0);
    this.#size = new PageSize(pageSizes(pageSize ?? (limit > 0 ? limit : undefined), atMost));
  }

  /** How many items to ask for next. */
  get nextLimit(): number {
    return this.#size.next;
  }

  /** Reads the page at a position, of fewer items where the server refuses as many. */
  async read(position: string, limit: number): Promise<ReadPage> {
    for (let asked = limit; ; ) {
      const started = performance.now();
      try {
        const response = await this.#rpc.call(this.#requestFor(position, asked), this.#options);
        return this.#page(response as Message, asked, performance.now() - started);
      } catch (error) {
        const smaller = this.#size.shrink(error, asked);
        if (smaller === undefined) throw error;
        asked = smaller;
      }
    }
  }

  #requestFor(position: string, limit: number): Message {
    const message = clone(this.#rpc.method.input, this.#base);
    const { paging } = this.shape;
    if (paging === undefined) return message;
    const { field: schema } = paging.field?.message ?? this.#rpc.method.input;
    const fields = holderOf(message, paging.field);
    if (paging.by === "time") beginBehind(message, BigInt(position));
    else fields[paging.place] = valueFor(schema[paging.place], position);
    if (schema[paging.limit] !== undefined)
      fields[paging.limit] = valueFor(schema[paging.limit], String(limit));
    return message;
  }

  #page(response: Message, asked: number, ms: number): ReadPage {
    const { items: field, identify, total, appliedLimit } = this.shape;
    const applied = numberAt(response, appliedLimit);
    const items = fieldValue(response, field) as readonly unknown[];
    const limit = applied > 0 ? Math.min(applied, asked) : asked;
    this.#size.take({ asked, limit, count: items.length, bytes: measure(items, field), ms });
    return {
      response,
      items,
      ids: distinct(items.map(identify)),
      total: numberAt(response, total),
      limit,
      nextLimit: this.#size.next,
    };
  }
}

/** What is new on a page: all of it, but for what an iteration had yielded of this very page when it ended. */
export function unknownOf({ ids }: ReadPage, cursor: ListCursor | undefined): readonly number[] {
  const known = new Set(cursor?.anchors);
  return ids.flatMap((id, index) => (known.has(id) ? [] : index));
}

/** A size that the caller chose stays as it is. */
function pageSizes(chosen: number | undefined, atMost = MAX_PAGE_SIZE): PageSizes {
  const most = Math.min(chosen ?? MAX_PAGE_SIZE, atMost, MAX_PAGE_SIZE);
  return { first: Math.min(chosen ?? DEFAULT_PAGE_SIZE, most), most };
}

/** About how many bytes items have, by a sample of them. */
function measure(items: readonly unknown[], { message }: DescField): number {
  const step = Math.max(1, Math.floor(items.length / SAMPLE));
  const sample = items.filter((_, index) => index % step === 0);
  const bytes = sample.reduce<number>((sum, item) => sum + sizeOf(item, message), 0);
  return (bytes / Math.max(1, sample.length)) * items.length;
}

function sizeOf(item: unknown, message: DescMessage | undefined): number {
  if (message === undefined) return String(item).length;
  try {
    return toBinary(message, item as Message).length;
  } catch {
    // An interceptor made it.
    return 0;
  }
}

function setSorting(message: Message, { sorting }: ListShape): void {
  if (sorting !== undefined && fieldValue(message, sorting.field) === 0) {
    (message as Message & Fields)[sorting.field.localName] = sorting.column;
  }
}

/** What holds `limit` and its siblings: the request, or a message in it, which is made where it is missing. */
function holderOf(message: Message, field: DescField | undefined): Fields {
  const fields = message as Message & Fields;
  if (field?.message === undefined) return fields;
  fields[field.localName] ??= create(field.message);
  return fields[field.localName] as Fields;
}

const LONG: readonly (ScalarType | undefined)[] = [
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
];

function valueFor(field: DescField | undefined, value: string): number | bigint | string {
  if (field?.fieldKind !== "scalar" || field.scalar === ScalarType.STRING) return value;
  if (!LONG.includes(field.scalar)) return Number(value);
  return field.longAsString ? value : BigInt(value);
}

function numberAt(message: Message, path: readonly DescField[]): number {
  let value: unknown = message;
  for (const field of path) value = value === undefined ? undefined : fieldValue(value, field);
  return path.length === 0 ? 0 : Number(value ?? 0);
}

/** One answer has no object twice: items in it that cannot be told apart by identity are told apart by number. */
function distinct(ids: readonly string[]): readonly string[] {
  if (new Set(ids).size === ids.length) return ids;
  const counts = new Map<string, number>();
  return ids.map((id) => {
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    return count === 1 ? id : `${id}\n#${count}`;
  });
}
