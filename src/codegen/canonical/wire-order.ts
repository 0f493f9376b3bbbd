import type { DescExtension, DescField, DescMessage, UnknownField } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** A field of messages, as far as order goes. */
export interface MessageField {
  /** `one` may be sent in parts; of a `list` the order counts, of a `map` it does not. */
  readonly kind: "one" | "list" | "map";
  readonly find: FindField;
}

/** Finds a field of messages by its number; nothing for other fields, and where the definition is not at hand. */
export type FindField = (number: number) => MessageField | undefined;

/**
 * Encoded fields in the one order that does not depend on who encoded them: by number, the entries of maps by their
 * bytes, and the same in the messages within. Go, for one, encodes maps in another order each time. Only order changes:
 * what has no definition at hand stays as it is, and nothing is lost.
 */
export function inWireOrder(fields: readonly UnknownField[], find: FindField): UnknownField[] {
  const byNumber = Map.groupBy(fields, ({ no }) => no);
  return [...byNumber.keys()]
    .sort((a, b) => a - b)
    .flatMap((number) => inFieldOrder(byNumber.get(number) ?? [], find(number)));
}

/** {@link MessageField} of a field, if it is one. */
export function toMessageField(field: DescField | DescExtension | undefined): MessageField | undefined {
  switch (field?.fieldKind) {
    case "map":
      return { kind: "map", find: (number) => (number === 2 ? oneOf(field.message) : undefined) };
    case "list":
      return field.listKind === "message" && !field.delimitedEncoding
        ? oneOf(field.message, "list")
        : undefined;
    case "message":
      return field.delimitedEncoding ? undefined : oneOf(field.message);
    default:
      return undefined;
  }
}

function oneOf(message: DescMessage | undefined, kind: "one" | "list" = "one"): MessageField | undefined {
  if (message === undefined) return undefined;
  return {
    kind,
    find: (number) => toMessageField(message.fields.find((field) => field.number === number)),
  };
}

function inFieldOrder(records: readonly UnknownField[], field: MessageField | undefined): UnknownField[] {
  const isOdd = records.some(({ wireType }) => wireType !== WireType.LengthDelimited);
  if (field === undefined || isOdd) return [...records];
  const payloads = records.map(({ data }) => new BinaryReader(data).bytes());
  const messages = field.kind === "one" ? [Buffer.concat(payloads)] : payloads;
  const ordered = messages.map((message) => tryOrder(message, field.find));
  if (field.kind === "map") ordered.sort(Buffer.compare);
  return ordered.flatMap((message) =>
    records.slice(0, 1).map((record) => ({ ...record, data: new BinaryWriter().bytes(message).finish() })),
  );
}

/** What is no message stays as it is: nothing here depends on it. */
function tryOrder(message: Uint8Array, find: FindField): Uint8Array {
  try {
    return withOrderedFields(message, find);
  } catch {
    return message;
  }
}

function withOrderedFields(message: Uint8Array, find: FindField): Uint8Array {
  const writer = new BinaryWriter();
  for (const { no, wireType, data } of inWireOrder(readFields(message), find)) {
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
