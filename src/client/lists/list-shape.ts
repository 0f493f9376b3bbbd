import { hash } from "node:crypto";
import type { DescEnum, DescMethodUnary } from "@bufbuild/protobuf";
import { type DescField, type DescMessage, type Message, ScalarType, toBinary } from "@bufbuild/protobuf";
import type { Event } from "../../../gen/zitadel/event_pb.js";
import { fieldValue } from "../../descriptor/field-value.ts";
import { methodTraits, type Paging } from "../../descriptor/method-traits.ts";

/** What an iteration needs to know about an RPC that lists. */
export interface ListShape {
  readonly items: DescField;
  readonly identify: Identify;
  readonly paging: Paging | undefined;
  /** The field of an item with its position in a list that is paged by sequence. */
  readonly sequence: DescField | undefined;
  readonly sorting: Sorting | undefined;
  /** The paths in a response to the total number of items, and to its maximum number of items. */
  readonly total: readonly DescField[];
  readonly appliedLimit: readonly DescField[];
}

const known = new WeakMap<DescMethodUnary, ListShape>();

/** The shape of a list, computed once. Throws a TypeError if the RPC does not list. */
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
    throw new TypeError(`${method.toString()} does not list: generate the services again`);
  const sequence = list.items.message?.field["sequence"];
  const bySequence = list.paging?.by === "sequence";
  const identify = list.paging?.by === "time" ? identifyEvent : identifyBy(list.items);
  return {
    items: list.items,
    // Changes have no ids of their own, only those of the objects that changed.
    identify: bySequence && sequence ? (item) => String(fieldValue(item, sequence)) : identify,
    paging: bySequence && sequence === undefined ? undefined : list.paging,
    sequence,
    sorting: stableSorting(method.input),
    total: findPath(method.output, "totalResult"),
    appliedLimit: findPath(method.output, "appliedLimit"),
  };
}

/** The path to a field of one of the message's submessages; empty if there is none. */
function findPath(message: DescMessage, name: string): DescField[] {
  for (const field of message.fields) {
    const found = field.fieldKind === "message" ? field.message.field[name] : undefined;
    if (found !== undefined) return [field, found];
  }
  return [];
}

/** Returns the identity of an item: the same for the same object, even after it was changed. */
export type Identify = (item: unknown) => string;

/**
 * Identifies the items of a field: by their ids, or else by the ids of what they refer to. Items without ids are identified
 * by their whole content.
 */
export function identifyBy(items: DescField): Identify {
  const { message } = items;
  if (message === undefined) return String;
  const own = findKeys(message);
  const paths = own.length > 0 ? own.map((key) => [key]) : findNestedKeys(message);
  return (item) => {
    const keys = paths.map((path) => readKey(item, path));
    return keys.some((key) => key !== "") ? keys.join("\n") : hashContent(message, item as Message);
  };
}

/** Identifies an event, which has no id of its own, by its object and sequence number. */
export function identifyEvent(item: unknown): string {
  const { aggregate, sequence } = item as Event;
  return `${aggregate?.type?.type} ${aggregate?.id} ${sequence}`;
}

/** All ids, not just the first: a project is listed for its owner, and again for each grant. */
function findKeys(message: DescMessage): DescField[] {
  return message.fields
    .filter((field) => field.fieldKind === "scalar" && field.scalar === ScalarType.STRING)
    .filter((field) => /^(id|.+_id|key|domain|domain_name)$/.test(field.name));
}

function findNestedKeys(message: DescMessage): DescField[][] {
  return message.fields.flatMap((field) =>
    field.fieldKind === "message" ? findKeys(field.message).map((key) => [field, key]) : [],
  );
}

function readKey(item: unknown, path: readonly DescField[]): string {
  let value = item;
  for (const field of path) value = value === undefined ? undefined : fieldValue(value, field);
  return String(value ?? "");
}

function hashContent(schema: DescMessage, item: Message): string {
  return hash("sha256", toBinary(schema, item), "base64url");
}

/** Columns that give a stable order, best first: unique ones, then ones that never change. */
const STABLE = ["ID", "CREATION_DATE", "CREATED_DATE", "USER_ID", "KEY", "DOMAIN", "NAME", "TYPE"];

/** The field of a request with the sorting column, and the value to set. */
export interface Sorting {
  readonly field: DescField;
  readonly column: number;
}

/**
 * How to get a stable order for a request that does not specify one: some of Zitadel's lists then have none, so that pages
 * overlap. Undefined if the request offers no choice, or has a default column.
 */
export function stableSorting(request: DescMessage): Sorting | undefined {
  const field = request.fields.find(
    ({ name, enum: type }) => type !== undefined && name === "sorting_column",
  );
  if (field?.enum === undefined || field.oneof !== undefined) return undefined;
  const columns = findColumns(field.enum);
  if (columns.get("UNSPECIFIED") !== 0) return undefined;
  const column = STABLE.map((name) => columns.get(name)).find((number) => number !== undefined);
  return column === undefined ? undefined : { field, column };
}

/** The values of an enum, by their names without the common prefix. */
function findColumns({ values }: DescEnum): Map<string, number> {
  const names = values.map(({ name }) => name);
  const shared = names.reduce(commonStart, names[0] ?? "").replace(/[^_]*$/, "");
  return new Map(values.map(({ name, number }) => [name.slice(shared.length), number]));
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}
