import { ScalarType } from "@bufbuild/protobuf";
import { describeInput, mismatch } from "./input-problem.ts";

/**
 * Refuses what protobuf-es would silently convert: a numeric id, whose last digits JavaScript may have lost, or
 * `"false"`, which is truthy. Returns undefined for types whose values protobuf-es checks itself.
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
