import {
  clone,
  create,
  type DescField,
  type DescMethodUnary,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { fieldValue } from "../../descriptor/field-value.ts";
import type { Paging } from "../../descriptor/method-traits.ts";
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from "./list-options.ts";
import { type ListShape, listShape } from "./list-shape.ts";

type Fields = Record<string, unknown>;

/** A caller's request, from which those for the pages are made. */
export interface PageRequest {
  /** How many items a page has, if the request says so. */
  readonly limit: number | undefined;
  /** Where the list begins: the request's own offset or sequence number. */
  readonly start: bigint;
  /** What a position is. */
  readonly by: Paging["by"];
  /** Whether the request wants an ascending order. */
  readonly ascending: boolean;
  /** The request for the page at a position. */
  at(position: bigint, limit: number): Message;
}

/** Reads a request; never changes it. */
export function pageRequest(method: DescMethodUnary, request: object | undefined): PageRequest {
  const { input } = method;
  const shape = listShape(method);
  // A copy, as what the caller brought may be a message.
  const base = clone(input, create(input, request as Fields | undefined));
  setSorting(base, shape);
  const { paging } = shape;
  const settings = paging && pagingOf(base, paging.field);
  const place = paging?.by ?? "offset";
  return {
    limit: Number(settings?.["limit"] ?? 0) || undefined,
    by: place,
    start: BigInt((settings?.[place] ?? 0) as number | bigint),
    ascending: settings?.["asc"] === true,
    at(position, limit) {
      const message = clone(input, base);
      if (paging !== undefined) {
        const holder = paging.field?.message ?? input;
        const fields = pagingOf(message, paging.field);
        fields["limit"] = numberFor(holder.field["limit"], BigInt(limit));
        fields[place] = numberFor(holder.field[place], position);
      }
      return message;
    },
  };
}

/** How many items to ask for at once. */
export function pageSizeOf(request: PageRequest, option: number | undefined): number {
  return option ?? Math.min(request.limit ?? DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
}

function setSorting(message: Message, { sorting }: ListShape): void {
  if (sorting !== undefined && fieldValue(message, sorting.field) === 0) {
    (message as Message & Fields)[sorting.field.localName] = sorting.column;
  }
}

/** What holds `limit` and its siblings: the request, or a message in it, which is made where it is missing. */
function pagingOf(message: Message, field: DescField | undefined): Fields {
  const fields = message as Message & Fields;
  if (field?.message === undefined) return fields;
  fields[field.localName] ??= create(field.message);
  return fields[field.localName] as Fields;
}

function numberFor(field: DescField | undefined, value: bigint): number | bigint | string {
  if (field?.fieldKind !== "scalar" || field.scalar !== ScalarType.UINT64) return Number(value);
  return field.longAsString ? String(value) : value;
}
