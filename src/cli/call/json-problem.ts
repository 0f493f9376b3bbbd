import { type DescField, type DescMessage, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { knownTypes } from "../../descriptor/known-types.ts";
import { InputProblem, mismatch } from "../../input/input-problem.ts";
import { describe, describeName } from "../../shared/describe.ts";
import { findNearest } from "../../shared/nearest.ts";
import { describeExpectedJson, isWellKnown } from "./type-name.ts";

type JsonObject = { readonly [key: string]: JsonValue };

/**
 * Finds out why JSON is not a message of a type: where the problem is, and what is expected there. protobuf-es reports
 * that too, but repeats the value, which may be a secret.
 */
export function findJsonProblem(type: DescMessage, json: JsonValue): InputProblem | undefined {
  if (!isObject(json)) return mismatch(describe(json), `an object with the fields of ${type.typeName}`);
  const chosen = new Map<string, string>();
  for (const [key, value] of Object.entries(json)) {
    const field = type.fields.find(({ name, jsonName }) => name === key || jsonName === key);
    if (field === undefined) return describeUnknownKey(type, key);
    const other = field.oneof && chosen.get(field.oneof.name);
    if (field.oneof !== undefined && value !== null) chosen.set(field.oneof.name, key);
    const problem =
      other !== undefined && value !== null
        ? new InputProblem(`is set together with ${other}; expected only one of the two`)
        : findValueProblem(field, key, value);
    if (problem !== undefined) return problem.within(key, key);
  }
  return undefined;
}

function findValueProblem(field: DescField, key: string, value: JsonValue): InputProblem | undefined {
  const { message, fieldKind } = field;
  if (value === null) return undefined;
  if (fieldKind === "list" && !Array.isArray(value)) return mismatch(describe(value), "an array");
  if (fieldKind === "map" && !isObject(value)) return mismatch(describe(value), "an object");
  if (message === undefined || isWellKnown(message.typeName)) return findLeafProblem(field, key, value);
  if (fieldKind === "message") return findJsonProblem(message, value);
  for (const [index, item] of Object.entries(value)) {
    const problem = findJsonProblem(message, item)?.within(`[${index}]`, `[${index}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Finds the problem of a single field by parsing that field alone. */
function findLeafProblem(field: DescField, key: string, value: JsonValue): InputProblem | undefined {
  try {
    fromJson(field.parent, { [key]: value }, { registry: knownTypes });
    return undefined;
  } catch {
    return mismatch(describe(value), describeLeaf(field, value));
  }
}

function describeLeaf(field: DescField, value: JsonValue): string {
  const names = field.enum?.values.map(({ name }) => name) ?? [];
  const text = typeof value === "string" ? value : "";
  const meant = names.find((one) => one.endsWith(`_${text.toUpperCase()}`)) ?? findNearest(text, names);
  const guess = text === "" || meant === undefined ? "" : `; did you mean "${meant}"?`;
  const each = field.fieldKind === "list" || field.fieldKind === "map" ? "for each item " : "";
  return `${each}${describeExpectedJson(field)}${guess}`;
}

function describeUnknownKey({ typeName, fields }: DescMessage, key: string): InputProblem {
  const names = fields.map(({ jsonName }) => jsonName);
  const nearest = findNearest(key, names);
  const all = names.length === 0 ? ", which has none" : `, which has ${names.join(", ")}`;
  const remedy = nearest === undefined ? all : `; did you mean ${nearest}?`;
  const name = describeName(key);
  return new InputProblem(`is not a field of ${typeName}${remedy}`, name, name);
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
