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
import { describe } from "../shared/invalid-option.ts";

/** Where in a request something is, as .proto files and as objects spell it. */
type Path = Pick<FieldViolation, "field" | "property">;

/** Checks a field that holds no messages. */
type CheckScalars = (field: DescField, value: unknown, path: Path) => FieldViolation | undefined;

const ROOT: Path = { field: "", property: "" };

/**
 * Finds what would silently be sent as something empty. Where protobuf-es expects a message, it takes any object, and
 * finds no fields in it: a `Date` for a Timestamp would be no time at all.
 */
export function findMisshapen(type: DescMessage, request: object): FieldViolation | undefined {
  return new RequestCheck(() => undefined).message(type, request, ROOT);
}

/** Finds the value that keeps a message from being encoded, such as a text where bytes belong. */
export function findUnencodable(type: DescMessage, request: Message): FieldViolation | undefined {
  return new RequestCheck(checkEncoding).message(type, request, ROOT);
}

class RequestCheck {
  readonly #scalars: CheckScalars;

  constructor(scalars: CheckScalars) {
    this.#scalars = scalars;
  }

  message(type: DescMessage, value: unknown, path: Path): FieldViolation | undefined {
    if (TAKES_VALUES.test(type.typeName)) return undefined;
    if (!isFieldsOf(type, value)) return violation(path, value, expectedMessage(type));
    for (const member of type.members) {
      const given = value[member.localName];
      if (given === undefined || given === null) continue;
      const found =
        member.kind === "oneof"
          ? this.#oneof(member, given, path)
          : this.#field(member, given, below(path, member.name, member.localName));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #oneof(oneof: DescOneof, given: unknown, path: Path): FieldViolation | undefined {
    const place = below(path, oneof.name, oneof.localName);
    const { case: chosen, value } = given as { readonly case?: unknown; readonly value?: unknown };
    const field = oneof.fields.find(({ localName }) => localName === chosen);
    if (field !== undefined) {
      if (value === undefined || value === null) return undefined;
      return this.#field(field, value, below(path, field.name, `${oneof.localName}.value`));
    }
    if (typeof given === "object" && (chosen === undefined || chosen === null)) return undefined;
    const cases = oneof.fields.map(({ localName }) => localName).join(", ");
    const seen = typeof given === "object" ? { case: chosen } : given;
    return violation(place, seen, `{ case, value } with one of the cases ${cases}`);
  }

  #field(field: DescField, value: unknown, path: Path): FieldViolation | undefined {
    if (field.fieldKind === "list" && !Array.isArray(value)) return violation(path, value, "an array");
    if (field.fieldKind === "map" && !isPlain(value)) return violation(path, value, "an object");
    const { message } = field;
    if (message === undefined) return this.#scalars(field, value, path);
    if (field.fieldKind === "message") return this.message(message, value, path);
    for (const [key, item] of Object.entries(value as object)) {
      const place = { field: `${path.field}[${key}]`, property: `${path.property}[${key}]` };
      const found = this.message(message, item, place);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** Messages that protobuf-es represents by plain values. */
const TAKES_VALUES = /^google\.protobuf\.(Struct|\w*Value)$/;

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
function checkEncoding(field: DescField, value: unknown, path: Path): FieldViolation | undefined {
  const { parent, localName, oneof } = field;
  const alone =
    oneof === undefined ? { [localName]: value } : { [oneof.localName]: { case: localName, value } };
  try {
    toBinary(parent, create(parent, alone as Record<string, unknown>));
    return undefined;
  } catch {
    return violation(path, value, expectedScalar(field));
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

function below({ field, property }: Path, name: string, localName: string): Path {
  return field === ""
    ? { field: name, property: localName }
    : { field: `${field}.${name}`, property: `${property}.${localName}` };
}

function violation(path: Path, seen: unknown, expected: string): FieldViolation {
  return { ...path, reason: `is ${describeSeen(seen)}; expected ${expected}` };
}

/** What a value is, without saying it. */
function describeSeen(value: unknown): string {
  if (isMessage(value)) return `a ${value.$typeName}`;
  if (typeof value !== "object" || value === null || isPlain(value)) return describe(value);
  return `a ${value.constructor.name}`;
}
