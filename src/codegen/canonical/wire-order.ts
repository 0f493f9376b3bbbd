import {
  type DescExtension,
  type DescField,
  type DescMessage,
  ScalarType,
  type UnknownField,
} from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** What is needed to encode a field in a unique way. */
export type FieldForm =
  /** Messages: `one` may be sent in parts; the order matters in a `list`, but not in a `map`. */
  | { readonly kind: "one" | "list" | "map"; readonly find: FindField }
  /** Repeated numbers, which are sent one by one or packed into one record. */
  | { readonly kind: "numbers"; readonly wireType: WireType };

/** Finds a field's form by its number; undefined if it can be encoded in only one way, or its definition is unknown. */
export type FindField = (number: number) => FieldForm | undefined;

/**
 * Brings encoded fields into a form that does not depend on the encoder: sorted by number, the entries of maps by their
 * bytes, repeated numbers one by one, and nested messages likewise. Go, for example, encodes maps in a different order
 * each time. Fields without a known definition are not changed, and nothing is lost.
 */
export function sortInWireOrder(fields: readonly UnknownField[], find: FindField): UnknownField[] {
  const byNumber = Map.groupBy(fields, ({ no }) => no);
  return [...byNumber.keys()]
    .sort((a, b) => a - b)
    .flatMap((number) => applyForm(byNumber.get(number) ?? [], find(number)));
}

/** The {@link FieldForm} of a field. */
export function toFieldForm(field: DescField | DescExtension | undefined): FieldForm | undefined {
  switch (field?.fieldKind) {
    case "map":
      return { kind: "map", find: (number) => (number === 2 ? toMessageForm(field.message) : undefined) };
    case "list":
      return toListForm(field);
    case "message":
      return field.delimitedEncoding ? undefined : toMessageForm(field.message);
    default:
      return undefined;
  }
}

function toListForm(field: (DescField | DescExtension) & { fieldKind: "list" }): FieldForm | undefined {
  switch (field.listKind) {
    case "message":
      return field.delimitedEncoding ? undefined : toMessageForm(field.message, "list");
    case "enum":
      return { kind: "numbers", wireType: WireType.Varint };
    case "scalar": {
      const wireType = toWireType(field.scalar);
      return wireType === undefined ? undefined : { kind: "numbers", wireType };
    }
  }
}

function toMessageForm(
  message: DescMessage | undefined,
  kind: "one" | "list" = "one",
): FieldForm | undefined {
  if (message === undefined) return undefined;
  return { kind, find: (number) => toFieldForm(message.fields.find((field) => field.number === number)) };
}

/** How a number is encoded; undefined if it is not a number. */
function toWireType(scalar: ScalarType): WireType | undefined {
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return undefined;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32;
    default:
      return WireType.Varint;
  }
}

function applyForm(records: readonly UnknownField[], form: FieldForm | undefined): UnknownField[] {
  if (form === undefined) return [...records];
  if (form.kind === "numbers") return records.flatMap((record) => unpackRecords(record, form.wireType));
  if (records.some(({ wireType }) => wireType !== WireType.LengthDelimited)) return [...records];
  const payloads = records.map(({ data }) => new BinaryReader(data).bytes());
  const messages = form.kind === "one" ? [Buffer.concat(payloads)] : payloads;
  const ordered = messages.map((message) => tryOrder(message, form.find));
  if (form.kind === "map") ordered.sort(Buffer.compare);
  return ordered.flatMap((message) =>
    records.slice(0, 1).map((record) => ({ ...record, data: new BinaryWriter().bytes(message).finish() })),
  );
}

/** Splits a record of packed numbers into records of one number each. */
function unpackRecords(record: UnknownField, wireType: WireType): UnknownField[] {
  if (record.wireType !== WireType.LengthDelimited) return [record];
  try {
    const reader = new BinaryReader(new BinaryReader(record.data).bytes());
    const numbers: UnknownField[] = [];
    while (reader.pos < reader.len) numbers.push({ ...record, wireType, data: reader.skip(wireType) });
    return numbers;
  } catch {
    return [record];
  }
}

/** Sorts the fields of an encoded message. Bytes that are not a message are returned unchanged. */
function tryOrder(message: Uint8Array, find: FindField): Uint8Array {
  try {
    return sortFields(message, find);
  } catch {
    return message;
  }
}

function sortFields(message: Uint8Array, find: FindField): Uint8Array {
  const writer = new BinaryWriter();
  for (const { no, wireType, data } of sortInWireOrder(readFields(message), find)) {
    writer.tag(no, wireType).raw(data);
  }
  return writer.finish();
}

function readFields(message: Uint8Array): UnknownField[] {
  const reader = new BinaryReader(message);
  const fields: UnknownField[] = [];
  while (reader.pos < reader.len) {
    const [no, wireType] = reader.tag();
    fields.push({ no, wireType, data: reader.skip(wireType, no) });
  }
  return fields;
}
