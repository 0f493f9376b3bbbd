import type { DescField, DescMessage, DescMethodUnary } from "@bufbuild/protobuf";
import { fieldValue } from "../../descriptor/field-value.ts";
import { methodTraits, type Paging } from "../../descriptor/method-traits.ts";
import { type Identify, identifyBy, identifyEvent } from "./identity.ts";
import { type Sorting, stableSorting } from "./sorting.ts";

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
