import {
  clone,
  create,
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { fieldValue } from "../../descriptor/field-value.ts";
import type { ListShape } from "./list-shape.ts";

type Fields = Record<string, unknown>;

/** The requests for the pages of a list, made from the caller's, which does not change. */
export class PageRequest {
  /** The start of the list: the request's own offset, sequence number or page token. */
  readonly start: string;
  /** The number of items that the request asks for; 0 if it does not. */
  readonly limit: number;
  /** Whether the request asks for ascending order. */
  readonly ascending: boolean;
  /** Whether positions are times, as for the events of several objects. */
  readonly isByTime: boolean;
  readonly #shape: ListShape;
  readonly #input: DescMessage;
  readonly #base: Message;

  constructor(shape: ListShape, input: DescMessage, request: Message) {
    const { paging } = shape;
    this.#input = input;
    this.#shape = shape;
    // A copy, as the caller's request may be a message.
    this.#base = clone(input, request);
    setSorting(this.#base, shape);
    const settings = paging && findHolder(this.#base, paging.field);
    const start = paging?.by === "time" ? "0" : settings?.[paging?.place ?? ""];
    this.start = String(start ?? (paging?.by === "token" ? "" : "0"));
    this.limit = Number(settings?.[paging?.limit ?? ""] ?? 0);
    this.ascending = settings?.["asc"] === true;
    this.isByTime = paging?.by === "time" && isByTime(this.#base);
  }

  /** The request for the page at a position. */
  at(position: string, limit: number): Message {
    const message = clone(this.#input, this.#base);
    const { paging } = this.#shape;
    if (paging === undefined) return message;
    const { field: schema } = paging.field?.message ?? this.#input;
    const fields = findHolder(message, paging.field);
    if (paging.by === "time") startAfter(message, BigInt(position));
    else fields[paging.place] = toFieldValue(schema[paging.place], position);
    if (schema[paging.limit] !== undefined)
      fields[paging.limit] = toFieldValue(schema[paging.limit], String(limit));
    return message;
  }
}

function setSorting(message: Message, { sorting }: ListShape): void {
  if (sorting !== undefined && fieldValue(message, sorting.field) === 0) {
    (message as Message & Fields)[sorting.field.localName] = sorting.column;
  }
}

/** The message with `limit` and the other paging fields: the request, or a submessage, which is created if missing. */
function findHolder(message: Message, field: DescField | undefined): Fields {
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

function toFieldValue(field: DescField | undefined, value: string): number | bigint | string {
  if (field?.fieldKind !== "scalar" || field.scalar === ScalarType.STRING) return value;
  if (!LONG.includes(field.scalar)) return Number(value);
  return field.longAsString ? value : BigInt(value);
}

/** The parts of a request for events that select a page; all generated services have them. */
interface EventsRequest {
  sequence: bigint | string;
  readonly asc: boolean;
  readonly aggregateId: string;
  creationDateFilter:
    | { case: "from"; value: Timestamp }
    | { case: "range"; value: { since?: Timestamp; until?: Timestamp } }
    | { case: undefined; value?: undefined };
}

/** Whether a request is for the events of several objects, which are listed by creation time. */
function isByTime(request: Message): boolean {
  return toParts(request).aggregateId === "";
}

/**
 * Makes a request for events start after a position: a sequence number, or a time in microseconds. 0 is the start of the
 * list.
 */
function startAfter(request: Message, position: bigint): void {
  if (position === 0n) return;
  const parts = toParts(request);
  if (isByTime(request)) setBound(parts, position);
  else parts.sequence = typeof parts.sequence === "string" ? String(position) : position;
}

function toParts(message: Message): EventsRequest {
  return message as Message & EventsRequest;
}

/** Sets the bound on the side from which the list is read. */
function setBound(parts: EventsRequest, position: bigint): void {
  const nanos = Number(position % 1_000_000n) * 1_000;
  const time = create(TimestampSchema, { seconds: position / 1_000_000n, nanos });
  const { creationDateFilter: filter } = parts;
  if (filter.case === "range") filter.value[parts.asc ? "since" : "until"] = time;
  else parts.creationDateFilter = { case: "from", value: time };
}
