import {
  type DescField,
  type DescMessage,
  type MessageShape,
  mergeFromBinary,
  ScalarType,
} from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import type { MessageReader } from "./message-reader.ts";
import { scalars } from "./scalars.ts";

/** Messages nested deeper are refused, as in protobuf-es. */
export const RECURSION_LIMIT = 100;

/** A message whose field names are known only from its descriptor. */
export type Fields = Record<string, unknown>;

/** Reads a field into its message, after its tag has been read. */
export type DecodeField = (message: Fields, reader: MessageReader, wireType: WireType, depth: number) => void;

/** Reads a value. A message that arrives in parts is merged into the existing one. */
export type DecodeValue = (reader: MessageReader, depth: number, existing?: unknown) => unknown;

/** Creates the decoder of a field. `findDecoder` returns the decoder of the messages in it. */
export function fieldDecoder(field: DescField, findDecoder: (type: DescMessage) => DecodeValue): DecodeField {
  if (field.fieldKind === "map" || !isCommon(field)) return byProtobufEs(field);
  const { message, localName, oneof } = field;
  const value = message === undefined ? scalars[field.scalar ?? ScalarType.INT32] : findDecoder(message);
  if (field.fieldKind === "list") return listed(localName, value, isPackable(field));
  if (oneof !== undefined) return inOneof(oneof.localName, localName, value);
  if (message !== undefined) return merged(localName, value);
  return field.scalar === ScalarType.STRING ? text(localName) : singular(localName, value);
}

/** Excludes fields that protobuf-es represents specially, or that only old schemas have. */
function isCommon(field: Exclude<DescField, { fieldKind: "map" }>): boolean {
  if (field.message !== undefined) {
    return !field.delimitedEncoding && !/^google\.protobuf\.(Struct|\w+Value)$/.test(field.message.typeName);
  }
  if (field.enum !== undefined) return field.enum.open;
  return field.utf8Validation && !field.longAsString;
}

function singular(name: string, value: DecodeValue): DecodeField {
  return (message, reader, _, depth) => {
    message[name] = value(reader, depth);
  };
}

/** The most common case, without the indirection. */
function text(name: string): DecodeField {
  return (message, reader) => {
    message[name] = reader.text();
  };
}

function merged(name: string, value: DecodeValue): DecodeField {
  return (message, reader, _, depth) => {
    message[name] = value(reader, depth, message[name]);
  };
}

/** Writes into the existing object: V8 would learn from a literal (see `emptyMessages`). */
function inOneof(oneof: string, name: string, value: DecodeValue): DecodeField {
  return (message, reader, _, depth) => {
    const set = message[oneof] as { case?: string | undefined; value?: unknown };
    set.value = value(reader, depth, set.case === name ? set.value : undefined);
    set.case = name;
  };
}

function listed(name: string, value: DecodeValue, packable: boolean): DecodeField {
  return (message, reader, wireType, depth) => {
    const items = message[name] as unknown[];
    if (!packable || wireType !== WireType.LengthDelimited) {
      items.push(value(reader, depth));
      return;
    }
    const end = reader.length() + reader.pos;
    while (reader.pos < end) items.push(value(reader, depth));
  };
}

function isPackable({ message, scalar }: DescField): boolean {
  return message === undefined && scalar !== ScalarType.STRING && scalar !== ScalarType.BYTES;
}

/** Skips the field, and lets protobuf-es read it. */
function byProtobufEs({ number, parent }: DescField): DecodeField {
  return (message, reader, wireType, depth) => {
    reader.skip(wireType, number, RECURSION_LIMIT - depth);
    const recursionLimit = RECURSION_LIMIT - depth + 1;
    mergeFromBinary(parent, message as MessageShape<typeof parent>, reader.fieldSoFar(), { recursionLimit });
  };
}
