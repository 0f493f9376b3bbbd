import {
  create,
  type DescField,
  type DescMessage,
  type DescOneof,
  isMessage,
  type Message,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import type { FieldViolation } from "../errors/field-violations.ts";
import { describe } from "../shared/describe.ts";

/** Checks a field that holds no messages. */
type CheckScalars = (field: DescField, value: unknown) => FieldViolation | undefined;

/**
 * Finds what would silently be sent as something empty. Where protobuf-es expects a message, it takes any object, and
 * finds no fields in it: a `Date` for a Timestamp would be no time at all.
 */
export function findMisshapen(type: DescMessage, request: object): FieldViolation | undefined {
  return checkMessage(type, request, () => undefined);
}

/** Finds the value that keeps a message from being encoded, such as a text where bytes belong. */
export function findUnencodable(type: DescMessage, request: Message): FieldViolation | undefined {
  return checkMessage(type, request, checkEncoding);
}

/** Each check gives the path from where it is; those around it put their own before, once something is found. */
function checkMessage(type: DescMessage, value: unknown, scalars: CheckScalars): FieldViolation | undefined {
  if (takesValues(type)) return undefined;
  if (!isFieldsOf(type, value)) return violation(value, expectedMessage(type));
  const { members } = type;
  for (let i = 0; i < members.length; i++) {
    const member = members[i] as DescField | DescOneof;
    const given = value[member.localName];
    if (given === undefined || given === null) continue;
    const found =
      member.kind === "oneof"
        ? checkOneof(member, given, scalars)
        : within(checkField(member, given, scalars), member.name, member.localName);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkOneof(oneof: DescOneof, given: unknown, scalars: CheckScalars): FieldViolation | undefined {
  const { case: chosen, value } = given as { readonly case?: unknown; readonly value?: unknown };
  const field = oneof.fields.find(({ localName }) => localName === chosen);
  if (field !== undefined) {
    if (value === undefined || value === null) return undefined;
    return within(checkField(field, value, scalars), field.name, `${oneof.localName}.value`);
  }
  if (typeof given === "object" && (chosen === undefined || chosen === null)) return undefined;
  const cases = oneof.fields.map(({ localName }) => localName).join(", ");
  const seen = typeof given === "object" ? { case: chosen } : given;
  const wrong = violation(seen, `{ case, value } with one of the cases ${cases}`);
  return within(wrong, oneof.name, oneof.localName);
}

function checkField(field: DescField, value: unknown, scalars: CheckScalars): FieldViolation | undefined {
  if (field.fieldKind === "list" && !Array.isArray(value)) return violation(value, "an array");
  if (field.fieldKind === "map" && !isPlain(value)) return violation(value, "an object");
  const { message } = field;
  if (message === undefined) return scalars(field, value);
  if (field.fieldKind === "message") return checkMessage(message, value, scalars);
  const items = value as Readonly<Record<string, unknown>>;
  for (const key in items) {
    const found = checkMessage(message, items[key], scalars);
    if (found !== undefined) return within(found, `[${key}]`, `[${key}]`);
  }
  return undefined;
}

/** Messages that protobuf-es represents by plain values. */
const TAKES_VALUES = /^google\.protobuf\.(Struct|\w*Value)$/;

function takesValues({ typeName }: DescMessage): boolean {
  return typeName.startsWith("google.") && TAKES_VALUES.test(typeName);
}

/** Also an object of a class of the user's own, if it has any of the fields. */
function isFieldsOf(type: DescMessage, value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (isMessage(value)) return value.$typeName === type.typeName;
  return isPlain(value) || type.members.some(({ localName }) => localName in value);
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || isMessage(value);
}

/** How to make what two messages are mostly made from. */
const REMEDIES: Readonly<Record<string, string>> = {
  "google.protobuf.Timestamp": "timestampFromDate(date)",
  "google.protobuf.Duration": "durationFromMs(milliseconds)",
};

function expectedMessage({ typeName }: DescMessage): string {
  const remedy = REMEDIES[typeName];
  return remedy === undefined ? `an object with the fields of ${typeName}` : `a ${typeName}: ${remedy}`;
}

/** Encodes one field by itself. What protobuf-es says of a value may repeat it, so the error says it anew. */
function checkEncoding(field: DescField, value: unknown): FieldViolation | undefined {
  const { parent, localName, oneof } = field;
  const alone =
    oneof === undefined ? { [localName]: value } : { [oneof.localName]: { case: localName, value } };
  try {
    toBinary(parent, create(parent, alone as Record<string, unknown>));
    return undefined;
  } catch {
    return violation(value, expectedScalar(field));
  }
}

function expectedScalar({ fieldKind, enum: values, scalar }: DescField): string {
  const one =
    values === undefined ? SCALARS[scalar ?? ScalarType.STRING] : `a number of the enum ${values.typeName}`;
  if (fieldKind === "list") return `an array, each item ${one}`;
  return fieldKind === "map" ? `an object, each value ${one}` : one;
}

const SCALARS: Readonly<Record<ScalarType, string>> = {
  [ScalarType.BOOL]: "a boolean",
  [ScalarType.BYTES]: "a Uint8Array",
  [ScalarType.DOUBLE]: "a number",
  [ScalarType.FLOAT]: "a number that fits into 32 bits",
  [ScalarType.STRING]: "a well-formed string",
  [ScalarType.FIXED32]: "a whole number from 0 that fits into 32 bits",
  [ScalarType.UINT32]: "a whole number from 0 that fits into 32 bits",
  [ScalarType.INT32]: "a whole number that fits into 32 bits",
  [ScalarType.SFIXED32]: "a whole number that fits into 32 bits",
  [ScalarType.SINT32]: "a whole number that fits into 32 bits",
  [ScalarType.FIXED64]: "a bigint from 0n that fits into 64 bits",
  [ScalarType.UINT64]: "a bigint from 0n that fits into 64 bits",
  [ScalarType.INT64]: "a bigint that fits into 64 bits",
  [ScalarType.SFIXED64]: "a bigint that fits into 64 bits",
  [ScalarType.SINT64]: "a bigint that fits into 64 bits",
};

/** What was found, seen from one level above. */
function within(
  found: FieldViolation | undefined,
  name: string,
  localName: string,
): FieldViolation | undefined {
  if (found === undefined) return undefined;
  return { ...found, field: join(name, found.field), property: join(localName, found.property) };
}

function join(name: string, rest: string): string {
  return rest === "" || rest.startsWith("[") ? name + rest : `${name}.${rest}`;
}

function violation(seen: unknown, expected: string): FieldViolation {
  return { field: "", property: "", reason: `is ${describeSeen(seen)}; expected ${expected}` };
}

/** What a value is, without saying it. */
function describeSeen(value: unknown): string {
  if (isMessage(value)) return `a ${value.$typeName}`;
  if (typeof value !== "object" || value === null || isPlain(value)) return describe(value);
  return `a ${value.constructor.name}`;
}
