import type { Message, UnknownField } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/**
 * Extensions of descriptor options stay unknown fields wherever descriptors are read without a registry of them.
 * Reading those directly needs no generated code, which another API may not have.
 */
export function messageOption(options: Message | undefined, extension: number): Uint8Array | undefined {
  const unknown: UnknownField[] = options?.$unknown ?? [];
  const field = unknown.find(({ no }) => no === extension);
  return field === undefined ? undefined : new BinaryReader(field.data).bytes();
}

/** Whether an encoded message has a field; a boolean field counts when it is true. */
export function hasField(message: Uint8Array | undefined, number: number): boolean {
  return readField(message, number, (reader, type) => type !== WireType.Varint || reader.bool()) ?? false;
}

/** The value of a string or bytes field of an encoded message. */
export function bytesField(message: Uint8Array | undefined, number: number): Uint8Array | undefined {
  return readField(message, number, (reader, type) =>
    type === WireType.LengthDelimited ? reader.bytes() : undefined,
  );
}

function readField<T>(
  message: Uint8Array | undefined,
  number: number,
  read: (reader: BinaryReader, type: WireType) => T,
): T | undefined {
  if (message === undefined) return undefined;
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [no, type] = reader.tag();
    if (no === number) return read(reader, type);
    reader.skip(type);
  }
  return undefined;
}
