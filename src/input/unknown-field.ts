import type { DescMessage } from "@bufbuild/protobuf";
import { describeName } from "../shared/describe.ts";
import { findNearest } from "../shared/nearest.ts";
import { InputProblem } from "./input-problem.ts";

/** The number of names that are readable in a sentence. */
const FEW = 8;

/** Creates the problem of a key that is not a field of its message, and suggests the field that was probably meant. */
export function unknownField(type: DescMessage, key: string): InputProblem {
  const name = describeName(key);
  return new InputProblem(`is not a field of ${type.typeName}${remedy(type, key)}`, name, name);
}

function remedy(type: DescMessage, key: string): string {
  const own = type.members.map(({ localName }) => localName);
  const cases = new Map(
    type.oneofs.flatMap(({ localName, fields }) =>
      fields.map((field) => [field.localName, `${localName}: { case: "${field.localName}", value }`]),
    ),
  );
  const nearest = findNearest(key, [...own, ...cases.keys()]);
  if (nearest !== undefined) return `; did you mean ${cases.get(nearest) ?? nearest}?`;
  if (own.length === 0) return ", which has no fields";
  return own.length > FEW ? "" : `; its fields: ${own.join(", ")}`;
}
