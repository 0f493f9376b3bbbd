import {
  create,
  type DescField,
  type DescMessage,
  isMessage,
  type Message,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { fieldValue } from "../descriptor/field-value.ts";
import { describeInput, type InputProblem, mismatch } from "./input-problem.ts";

/** Finds the value that prevents a message from being encoded, such as a string where bytes belong. */
export function findUnencodable(type: DescMessage, message: Message): InputProblem | undefined {
  for (const field of type.fields) {
    const value = fieldValue(message, field);
    if (value === undefined || value === null) continue;
    const found = checkField(field, value);
    const localName = field.oneof === undefined ? field.localName : `${field.oneof.localName}.value`;
    if (found !== undefined) return found.within(field.name, localName);
  }
  return undefined;
}

function checkField(field: DescField, value: unknown): InputProblem | undefined {
  const { message } = field;
  if (message === undefined) return checkEncoding(field, value);
  if (field.fieldKind === "message")
    return isMessage(value) ? findUnencodable(message, value) : checkEncoding(field, value);
  for (const [key, item] of Object.entries(value as Readonly<Record<string, unknown>>)) {
    const found = isMessage(item) ? findUnencodable(message, item) : undefined;
    if (found !== undefined) return found.within(`[${key}]`, `[${key}]`);
  }
  return undefined;
}

/** Encodes one field alone. Errors of protobuf-es may quote the value, so the error is rewritten. */
function checkEncoding(field: DescField, value: unknown): InputProblem | undefined {
  const { parent, localName, oneof } = field;
  const alone =
    oneof === undefined ? { [localName]: value } : { [oneof.localName]: { case: localName, value } };
  try {
    toBinary(parent, create(parent, alone as Record<string, unknown>));
    return undefined;
  } catch {
    return mismatch(describeInput(value), expectedValue(field));
  }
}

function expectedValue({ fieldKind, enum: values, scalar, message }: DescField): string {
  if (message !== undefined) return "a JSON value";
  const one =
    values === undefined
      ? SCALARS[scalar ?? ScalarType.STRING]
      : `a name or a number of the enum ${values.typeName}`;
  if (fieldKind === "list") return `an array in which each item is ${one}`;
  return fieldKind === "map" ? `an object in which each value is ${one}` : one;
}

const SCALARS: Readonly<Record<ScalarType, string>> = {
  [ScalarType.BOOL]: "a boolean",
  [ScalarType.BYTES]: 'a Uint8Array, such as Buffer.from(text) or Buffer.from(base64, "base64")',
  [ScalarType.DOUBLE]: "a number",
  [ScalarType.FLOAT]: "a number that fits in 32 bits",
  [ScalarType.STRING]: "a well-formed string",
  [ScalarType.FIXED32]: "a non-negative integer that fits in 32 bits",
  [ScalarType.UINT32]: "a non-negative integer that fits in 32 bits",
  [ScalarType.INT32]: "an integer that fits in 32 bits",
  [ScalarType.SFIXED32]: "an integer that fits in 32 bits",
  [ScalarType.SINT32]: "an integer that fits in 32 bits",
  [ScalarType.FIXED64]: "a non-negative bigint that fits in 64 bits",
  [ScalarType.UINT64]: "a non-negative bigint that fits in 64 bits",
  [ScalarType.INT64]: "a bigint that fits in 64 bits",
  [ScalarType.SFIXED64]: "a bigint that fits in 64 bits",
  [ScalarType.SINT64]: "a bigint that fits in 64 bits",
};
