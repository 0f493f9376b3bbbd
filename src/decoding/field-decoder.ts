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

/** Messages that are nested deeper are refused, as protobuf-es does. */
export const RECURSION_LIMIT = 100;

/** A message by the names of its fields, which only its descriptor knows. */
export type Fields = Record<string, unknown>;

/** Reads a field, whose tag has been read, into its message. */
export type DecodeField = (message: Fields, reader: MessageReader, wireType: WireType, depth: number) => void;

/** Reads a value. A message that came in parts is merged into what there is of it. */
export type DecodeValue = (reader: MessageReader, depth: number, existing?: unknown) => unknown;

/** How to read a field. `decoderOf` gives what reads the messages in it. */
export function fieldDecoder(field: DescField, decoderOf: (type: DescMessage) => DecodeValue): DecodeField {
  if (field.fieldKind === "map" || !isCommon(field)) return byProtobufEs(field);
  const { message, localName, oneof } = field;
  const value = message === undefined ? scalars[field.scalar ?? ScalarType.INT32] : decoderOf(message);
  if (field.fieldKind === "list") return listed(localName, value, isPackable(field));
  if (oneof !== undefined) return inOneof(oneof.localName, localName, value);
  if (message !== undefined) return merged(localName, value);
  return field.scalar === ScalarType.STRING ? text(localName) : singular(localName, value);
}

/** Not of those that protobuf-es represents in a way of their own, or that only old kinds of schemas have. */
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

/** Most fields are: without the indirection. */
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

/** Into the object that is there: a literal would be one that V8 learns of (see `emptyMessages`). */
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

/** Skips the field, and lets protobuf-es read it by itself. */
function byProtobufEs({ number, parent }: DescField): DecodeField {
  return (message, reader, wireType, depth) => {
    reader.skip(wireType, number, RECURSION_LIMIT - depth);
    const recursionLimit = RECURSION_LIMIT - depth + 1;
    mergeFromBinary(parent, message as MessageShape<typeof parent>, reader.fieldSoFar(), { recursionLimit });
  };
}
