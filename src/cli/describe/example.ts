import {
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  ScalarType,
} from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { bytesField, messageOption } from "../../descriptor/option-fields.ts";
import { isSecretText } from "../call/secret-text.ts";
import { isWellKnown } from "../call/type-name.ts";
import { findOnlyDuration, isRequiredField, readLengthBounds } from "./rules.ts";

const DEEPEST = 3;

/**
 * An example request: the required fields, and the others unless there are too many; one field of each oneof. Values
 * come from the documentation if it has any.
 */
export function createExample(type: DescMessage): JsonObject {
  return createMessageExample(type, []);
}

function createMessageExample(type: DescMessage, above: readonly DescMessage[]): JsonObject {
  const chosen = type.oneofs.map(({ fields }) => fields.find((field) => !isDeprecated(field)) ?? fields[0]);
  const fields = type.fields.filter((field) => field.oneof === undefined || chosen.includes(field));
  // Zitadel assigns ids itself; nobody should send one copied from an example.
  const needed = fields.filter((field) => !isOptionalId(field));
  const entries = (needed.length === 0 ? fields : needed).flatMap((field): [string, JsonValue][] => {
    if (isDeprecated(field) && !isRequiredField(field)) return [];
    const value = createValueExample(field, [...above, type]);
    return value === undefined ? [] : [[field.jsonName, value]];
  });
  return Object.fromEntries(entries);
}

function isOptionalId(field: DescField): boolean {
  const isId =
    field.scalar === ScalarType.STRING && field.fieldKind === "scalar" && /(^|_)id$/.test(field.name);
  const mayBeAbsent = field.presence === FeatureSet_FieldPresence.EXPLICIT || !isRequiredField(field);
  return isId && field.oneof === undefined && mayBeAbsent;
}

function createValueExample(field: DescField, above: readonly DescMessage[]): JsonValue | undefined {
  if (field.fieldKind === "map") return isRequiredField(field) ? {} : undefined;
  const value = createItemExample(field, above);
  return field.fieldKind === "list" && value !== undefined ? [value] : value;
}

function createItemExample(field: DescField, above: readonly DescMessage[]): JsonValue | undefined {
  const { message } = field;
  if (message === undefined) return createLeafExample(field);
  if (isWellKnown(message.typeName)) return findOnlyDuration(field) ?? WELL_KNOWN[message.typeName];
  const isWithinItself = above.includes(message);
  const mayBeLeftOut = !isRequiredField(field) && field.oneof === undefined;
  if (mayBeLeftOut && (isWithinItself || above.length >= DEEPEST)) return undefined;
  return isWithinItself || above.length > DEEPEST + 2 ? {} : createMessageExample(message, above);
}

const WELL_KNOWN: Readonly<Record<string, JsonValue>> = {
  "google.protobuf.Timestamp": "2030-01-01T00:00:00Z",
  "google.protobuf.Duration": "5s",
  "google.protobuf.Struct": {},
  "google.protobuf.BoolValue": true,
  "google.protobuf.StringValue": "text",
};

function createLeafExample(field: DescField): JsonValue {
  const { enum: enumType, scalar } = field;
  if (enumType !== undefined) {
    const { name = "" } = enumType.values.find(({ number }) => number !== 0) ?? enumType.values[0] ?? {};
    return name;
  }
  switch (scalar) {
    case ScalarType.BOOL:
      return true;
    case ScalarType.BYTES:
      return Buffer.from(fit("text", field)).toString("base64");
    case ScalarType.STRING:
      return fit(createTextExample(field), field);
    default:
      return createNumberExample(field);
  }
}

/** A text of the length that the rules require. */
function fit(text: string, field: DescField): string {
  const { min, max } = readLengthBounds(field);
  return text.padEnd(min, "x").slice(0, max);
}

function createNumberExample(field: DescField): JsonValue {
  const documented = Number(findDocumentedExample(field));
  return Number.isFinite(documented) && documented !== 0 ? documented : field.name === "offset" ? 0 : 100;
}

const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/(^|_)ids?$/, "123456789012345678"],
  [/email/, "ada@example.com"],
  [/phone/, "+41791234567"],
  [/(^|_)(url|uri|uris|endpoint|issuer)s?/, "https://example.com"],
  [/domain|host/, "example.com"],
  [/language/, "en"],
];

function createTextExample(field: DescField): string {
  if (isSecretText(field)) return "secret";
  const documented = findDocumentedExample(field);
  if (typeof documented === "string" && documented !== "") return documented;
  return TEXTS.find(([pattern]) => pattern.test(field.name))?.[1] ?? field.jsonName;
}

/** The number of the field annotation of grpc-gateway's openapiv2.proto, whose JSONSchema has an `example`. */
const ANNOTATION = 1042;
const EXAMPLE = 9;

/** An example in the OpenAPI annotation of a field, which is JSON. */
function findDocumentedExample(field: DescField): unknown {
  const text = Buffer.from(
    bytesField(messageOption(field.proto.options, ANNOTATION), EXAMPLE) ?? "",
  ).toString();
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value[0] : value;
  } catch {
    return undefined;
  }
}

function isDeprecated(field: DescField): boolean {
  return field.deprecated;
}
