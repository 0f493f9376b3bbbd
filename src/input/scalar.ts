import { ScalarType } from "@bufbuild/protobuf";
import { describeInput, mismatch } from "./input-problem.ts";

/**
 * Refuses what protobuf-es would convert in silence: an id that is a number, of which JavaScript has lost the last
 * digits, or `"false"`, which is true. Undefined for types whose values protobuf-es checks itself.
 */
export function scalarReader(scalar: ScalarType): ((value: unknown) => unknown) | undefined {
  if (scalar === ScalarType.STRING) return readString;
  return scalar === ScalarType.BOOL ? readBoolean : undefined;
}

function readString(value: unknown): unknown {
  return typeof value === "string" ? value : mismatch(describeInput(value), "a string");
}

function readBoolean(value: unknown): unknown {
  return typeof value === "boolean" ? value : mismatch(describeInput(value), "true or false");
}
