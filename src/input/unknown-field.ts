import type { DescMessage } from "@bufbuild/protobuf";
import { describeName } from "../shared/describe.ts";
import { findNearest } from "../shared/nearest.ts";
import { InputProblem } from "./input-problem.ts";

/** As many names as one reads in a sentence. */
const FEW = 8;

/** The problem that an object has a name which is no field of its message, with the name that was likely meant. */
export function unknownField(type: DescMessage, key: string): InputProblem {
  const name = describeName(key);
  return new InputProblem(`is no field of ${type.typeName}${remedy(type, key)}`, name, name);
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
  if (own.length === 0) return ", which has none";
  return own.length > FEW ? "" : `, which has ${own.join(", ")}`;
}
