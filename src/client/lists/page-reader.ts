import {
  clone,
  create,
  type DescField,
  type DescMethodUnary,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { fieldValue } from "../../descriptor/field-value.ts";
import { hasErrorId } from "../../errors/guards.ts";
import type { CallOptions } from "../call-options.ts";
import { createRequest } from "../messages.ts";
import { beginBehind, isByTime } from "./event-request.ts";
import { DEFAULT_PAGE_SIZE, type ListCursor, MAX_PAGE_SIZE } from "./list-options.ts";
import { type ListShape, listShape } from "./list-shape.ts";

/** An RPC that lists, ready to be called. */
export interface ListRpc {
  readonly method: DescMethodUnary;
  call(request: object | undefined, options: CallOptions | undefined): Promise<object>;
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

/** Zitadel's error for a limit above the maximum that the instance is configured with. */
const LIMIT_TOO_HIGH = "QUERY-4M0fs";

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
  readonly #limit: number;

  constructor(rpc: ListRpc, request: object | undefined, options: CallOptions) {
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
    this.#limit = Number(settings?.[paging?.limit ?? ""] ?? 0);
  }

  /** How many items to ask for at once. */
  pageSize(option: number | undefined): number {
    return option ?? Math.min(this.#limit > 0 ? this.#limit : DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
  }

  /** Reads the page at a position, of fewer items where the server refuses as many. */
  async read(position: string, limit: number): Promise<ReadPage> {
    for (let asked = limit; ; asked = Math.floor(asked / 2)) {
      try {
        const response = await this.#rpc.call(this.#requestFor(position, asked), this.#options);
        return this.#page(response as Message, asked);
      } catch (error) {
        if (!(hasErrorId(error, LIMIT_TOO_HIGH) && asked > 1)) throw error;
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

  #page(response: Message, asked: number): ReadPage {
    const { items: field, identify, total, appliedLimit } = this.shape;
    const applied = numberAt(response, appliedLimit);
    const items = fieldValue(response, field) as readonly unknown[];
    const limit = applied > 0 ? Math.min(applied, asked) : asked;
    return { response, items, ids: distinct(items.map(identify)), total: numberAt(response, total), limit };
  }
}

/** What is new on a page: all of it, but for what an iteration had yielded of this very page when it ended. */
export function unknownOf({ ids }: ReadPage, cursor: ListCursor | undefined): readonly number[] {
  const known = new Set(cursor?.anchors);
  return ids.flatMap((id, index) => (known.has(id) ? [] : index));
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
