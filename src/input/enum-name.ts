import type { DescEnum } from "@bufbuild/protobuf";
import { findNearest } from "../shared/nearest.ts";
import { type InputProblem, mismatch } from "./input-problem.ts";

/** Reads enum values by their names in .proto files, as in JSON. Leaves numbers unchanged. */
export function enumReader(type: DescEnum): (value: unknown) => unknown {
  const numbers = new Map(type.values.map(({ name, number }) => [name, number]));
  return (value) =>
    typeof value === "string" ? (numbers.get(value) ?? unknownName(value, [...numbers.keys()])) : value;
}

/** The number of names that are readable in a sentence. */
const FEW = 6;

function unknownName(name: string, names: readonly string[]): InputProblem {
  const meant = names.find((one) => one.endsWith(`_${name.toUpperCase()}`)) ?? findNearest(name, names);
  const guess = meant === undefined ? "" : `; did you mean "${meant}"?`;
  const some = names.slice(0, FEW).map((one) => `"${one}"`);
  return mismatch("a string", `one of ${some.join(", ")}${names.length > FEW ? ", …" : ""}${guess}`);
}
