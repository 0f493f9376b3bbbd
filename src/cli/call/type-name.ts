import { type DescField, ScalarType } from "@bufbuild/protobuf";

/** The type of a field as in .proto files, with short names: `string`, `repeated UserState`, `map<string, Any>`. */
export function formatFieldType(field: DescField): string {
  const { fieldKind } = field;
  if (fieldKind === "list") return `repeated ${formatValueType(field)}`;
  if (fieldKind === "map") return `map<${toScalarName(field.mapKey)}, ${formatValueType(field)}>`;
  return formatValueType(field);
}

/** The type of the value of a field, or of one item of it. */
export function formatValueType({ scalar, enum: enumType, message }: DescField): string {
  return (scalar === undefined ? undefined : toScalarName(scalar)) ?? enumType?.name ?? message?.name ?? "";
}

function toScalarName(scalar: ScalarType): string {
  return ScalarType[scalar].toLowerCase();
}

/** Describes, for error messages, what JSON must have as the value of a field. */
export function describeExpectedJson({ scalar, enum: enumType, message }: DescField): string {
  if (enumType !== undefined) return `one of ${enumType.values.map(({ name }) => `"${name}"`).join(", ")}`;
  if (message !== undefined)
    return WELL_KNOWN[message.typeName] ?? `an object with the fields of ${message.typeName}`;
  switch (scalar) {
    case ScalarType.STRING:
      return "a string";
    case ScalarType.BOOL:
      return "true or false";
    case ScalarType.BYTES:
      return "a string in Base64";
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return "a number";
    default:
      return "an integer";
  }
}

const WELL_KNOWN: Readonly<Record<string, string>> = {
  "google.protobuf.Timestamp": 'a time such as "2026-07-10T12:00:00Z"',
  "google.protobuf.Duration": 'a duration such as "5400s"',
  "google.protobuf.FieldMask": 'names of fields such as "userId,state"',
  "google.protobuf.Any": 'an object with "@type"',
};

/** Whether a message is something other than an object of its fields in JSON. */
export function isWellKnown(typeName: string): boolean {
  return typeName.startsWith("google.protobuf.");
}
