import { type DescField, getOption } from "@bufbuild/protobuf";
import {
  type FieldRules,
  rules as rulesOption,
  type StringRules,
} from "../../../gen/validate/validate_pb.js";

/** Describes in words what a field accepts, by the rules in its descriptor (`validate.rules`). */
export function describeRules(field: DescField): string[] {
  const rules = readRules(field);
  if (rules === undefined) return [];
  return [...(isRequired(rules) ? ["required"] : []), ...describeType(rules)];
}

/** Whether a message must have the field. */
export function isRequiredField(field: DescField): boolean {
  const rules = readRules(field);
  if (rules === undefined) return false;
  const { type } = rules;
  if (isRequired(rules)) return true;
  if (type.case === "string")
    return !type.value.ignoreEmpty && (type.value.minLen > 0n || type.value.len > 0n);
  return type.case === "repeated" && type.value.minItems > 0n;
}

/** The minimum and maximum length of a text or bytes. */
export function readLengthBounds(field: DescField): { readonly min: number; readonly max: number } {
  const type = readRules(field)?.type;
  const rules = type?.case === "repeated" ? type.value.items?.type : type;
  if (rules?.case !== "string" && rules?.case !== "bytes") return { min: 0, max: Number.POSITIVE_INFINITY };
  const { len, minLen, maxLen } = rules.value;
  const max = len > 0n ? len : maxLen;
  return { min: Number(len > 0n ? len : minLen), max: max > 0n ? Number(max) : Number.POSITIVE_INFINITY };
}

/** The only duration that a field accepts, in JSON's form; undefined if it accepts several. */
export function findOnlyDuration(field: DescField): string | undefined {
  const type = readRules(field)?.type;
  if (type?.case !== "duration" || !Object.hasOwn(type.value, "const")) return undefined;
  return `${type.value.const?.seconds ?? 0}s`;
}

function readRules(field: DescField): FieldRules | undefined {
  return field.proto.options === undefined ? undefined : getOption(field, rulesOption);
}

function isRequired({ message, type }: FieldRules): boolean {
  if (message?.required === true) return true;
  return (
    (type.case === "duration" || type.case === "timestamp" || type.case === "any") && type.value.required
  );
}

function describeType({ type }: FieldRules): string[] {
  switch (type.case) {
    case undefined:
    case "any":
      return [];
    case "string":
      return describeString(type.value);
    case "bytes":
      return describeBetween("bytes", type.value.minLen, type.value.maxLen);
    case "repeated": {
      const each = type.value.items === undefined ? [] : describeType(type.value.items);
      const items = describeBetween("items", type.value.minItems, type.value.maxItems);
      return [
        ...items,
        ...(type.value.unique ? ["no duplicates"] : []),
        ...each.map((rule) => `each: ${rule}`),
      ];
    }
    case "map":
      return describeBetween("entries", type.value.minPairs, type.value.maxPairs);
    case "enum":
      return [...(type.value.definedOnly ? ["one of the values"] : []), ...describeNotIn(type.value.notIn)];
    case "bool":
      return [`must be ${type.value.const}`];
    default:
      return describeRange(type.value);
  }
}

function describeString(rules: StringRules): string[] {
  const { len, minLen, maxLen, minBytes, maxBytes, pattern, prefix, wellKnown, ignoreEmpty } = rules;
  const list = [
    ...(len > 0n ? [`${len} characters`] : describeBetween("characters", minLen, maxLen)),
    ...describeBetween("bytes", minBytes, maxBytes),
    ...(pattern === "" ? [] : [`matches ${pattern}`]),
    ...(prefix === "" ? [] : [`begins with ${prefix}`]),
    ...(rules.in.length === 0 ? [] : [`one of ${rules.in.join(", ")}`]),
    ...(wellKnown.value === true ? [WELL_KNOWN[wellKnown.case] ?? wellKnown.case] : []),
  ];
  return ignoreEmpty ? list.map((rule) => `${rule}, or empty`) : list;
}

const WELL_KNOWN: Readonly<Record<string, string>> = {
  email: "an e-mail address",
  uri: "a URL",
  uriRef: "a URL or part of one",
  ip: "an IP address",
  hostname: "a host name",
};

function describeBetween(unit: string, min: bigint, max: bigint): string[] {
  if (min === 0n && max === 0n) return [];
  if (max === 0n) return [`at least ${min} ${unit}`];
  return [min === 0n ? `at most ${max} ${unit}` : `${min} to ${max} ${unit}`];
}

function describeNotIn(values: readonly number[]): string[] {
  return values.length === 0 ? [] : [`not ${values.join(", ")}`];
}

const BOUNDS = [
  ["const", ""],
  ["gt", "above "],
  ["gte", "at least "],
  ["lt", "below "],
  ["lte", "at most "],
] as const;

/** Rules of numbers, durations and timestamps. They are proto2 messages: unset fields exist only on the prototype. */
function describeRange(rules: object): string[] {
  const given = rules as Readonly<Record<string, unknown>>;
  return BOUNDS.flatMap(([name, words]) =>
    Object.hasOwn(rules, name) && given[name] !== undefined ? [`${words}${showBound(given[name])}`] : [],
  );
}

function showBound(bound: unknown): string {
  if (typeof bound !== "object" || bound === null || !("seconds" in bound)) return String(bound);
  return `${bound.seconds} s`;
}
