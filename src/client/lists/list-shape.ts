import { hash } from "node:crypto";
import type { DescEnum, DescMethodUnary } from "@bufbuild/protobuf";
import { type DescField, type DescMessage, type Message, ScalarType, toBinary } from "@bufbuild/protobuf";
import type { Event } from "../../../gen/zitadel/event_pb.js";
import { fieldValue } from "../../descriptor/field-value.ts";
import { methodTraits, type Paging } from "../../descriptor/method-traits.ts";

/** How an RPC lists, as far as an iteration needs to know. */
export interface ListShape {
  readonly items: DescField;
  readonly identify: Identify;
  readonly paging: Paging | undefined;
  /** The field of an item that is its place in a list that is paged by sequence. */
  readonly sequence: DescField | undefined;
  readonly sorting: Sorting | undefined;
  /** Where the response tells how many items there are, and how many at most it has of them. */
  readonly total: readonly DescField[];
  readonly appliedLimit: readonly DescField[];
}

const known = new WeakMap<DescMethodUnary, ListShape>();

/** The shape of a list, computed once. Throws a TypeError where the RPC does not list. */
export function listShape(method: DescMethodUnary): ListShape {
  let shape = known.get(method);
  if (shape === undefined) {
    shape = computeShape(method);
    known.set(method, shape);
  }
  return shape;
}

function computeShape(method: DescMethodUnary): ListShape {
  const { list } = methodTraits(method);
  if (list === undefined)
    throw new TypeError(`${method.toString()} does not list: generate the services anew`);
  const sequence = list.items.message?.field["sequence"];
  const bySequence = list.paging?.by === "sequence";
  const identify = list.paging?.by === "time" ? identifyEvent : identifyBy(list.items);
  return {
    items: list.items,
    // Changes have no ids of their own, only those of what they happened to.
    identify: bySequence && sequence ? (item) => String(fieldValue(item, sequence)) : identify,
    paging: bySequence && sequence === undefined ? undefined : list.paging,
    sequence,
    sorting: stableSorting(method.input),
    total: pathTo(method.output, "totalResult"),
    appliedLimit: pathTo(method.output, "appliedLimit"),
  };
}

/** The way to a field of one of the message's own messages; empty where there is none. */
function pathTo(message: DescMessage, name: string): DescField[] {
  for (const field of message.fields) {
    const found = field.fieldKind === "message" ? field.message.field[name] : undefined;
    if (found !== undefined) return [field, found];
  }
  return [];
}

/** Tells items of a list apart: two that stand for one object have the same identity, also when it was changed. */
export type Identify = (item: unknown) => string;

/**
 * How to identify the items of a field: by their ids, else by the ids of what they refer to. Items without any are
 * identified by all that they hold.
 */
export function identifyBy(items: DescField): Identify {
  const { message } = items;
  if (message === undefined) return String;
  const own = keysOf(message);
  const paths = own.length > 0 ? own.map((key) => [key]) : nestedKeysOf(message);
  return (item) => {
    const keys = paths.map((path) => keyAt(item, path));
    return keys.some((key) => key !== "") ? keys.join("\n") : contentOf(message, item as Message);
  };
}

/** Events have no ids of their own, only those of the objects that they happened to. */
export function identifyEvent(item: unknown): string {
  const { aggregate, sequence } = item as Event;
  return `${aggregate?.type?.type} ${aggregate?.id} ${sequence}`;
}

/** All ids, not just the first: a project is listed as one's own, and once more for each grant. */
function keysOf(message: DescMessage): DescField[] {
  return message.fields
    .filter((field) => field.fieldKind === "scalar" && field.scalar === ScalarType.STRING)
    .filter((field) => /^(id|.+_id|key|domain|domain_name)$/.test(field.name));
}

function nestedKeysOf(message: DescMessage): DescField[][] {
  return message.fields.flatMap((field) =>
    field.fieldKind === "message" ? keysOf(field.message).map((key) => [field, key]) : [],
  );
}

function keyAt(item: unknown, path: readonly DescField[]): string {
  let value = item;
  for (const field of path) value = value === undefined ? undefined : fieldValue(value, field);
  return String(value ?? "");
}

function contentOf(schema: DescMessage, item: Message): string {
  return hash("sha256", toBinary(schema, item), "base64url");
}

/** Columns that make a stable order, the best first: unique ones, then ones that nobody changes. */
const STABLE = ["ID", "CREATION_DATE", "CREATED_DATE", "USER_ID", "KEY", "DOMAIN", "NAME", "TYPE"];

/** The field of a request that says how to sort, and what to set it to. */
export interface Sorting {
  readonly field: DescField;
  readonly column: number;
}

/**
 * How to get a stable order for a request that leaves the order to the server: some lists of Zitadel have none then,
 * so that pages overlap. Undefined where the request offers no choice, or has a column by default.
 */
export function stableSorting(request: DescMessage): Sorting | undefined {
  const field = request.fields.find(
    ({ name, enum: type }) => type !== undefined && name === "sorting_column",
  );
  if (field?.enum === undefined || field.oneof !== undefined) return undefined;
  const columns = columnsOf(field.enum);
  if (columns.get("UNSPECIFIED") !== 0) return undefined;
  const column = STABLE.map((name) => columns.get(name)).find((number) => number !== undefined);
  return column === undefined ? undefined : { field, column };
}

/** The values of an enum, by their names without what all of them begin with. */
function columnsOf({ values }: DescEnum): Map<string, number> {
  const names = values.map(({ name }) => name);
  const shared = names.reduce(commonStart, names[0] ?? "").replace(/[^_]*$/, "");
  return new Map(values.map(({ name, number }) => [name.slice(shared.length), number]));
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}
