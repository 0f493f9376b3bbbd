import type { DescMessage, Message, MessageShape, UnknownField } from "@bufbuild/protobuf";
import { emptyMessages } from "./empty-message.ts";
import { type DecodeField, type DecodeValue, fieldDecoder, RECURSION_LIMIT } from "./field-decoder.ts";
import { MessageReader } from "./message-reader.ts";

/**
 * Returns what `fromBinary` of protobuf-es returns, with a quarter of the garbage: in a busy process, collecting it is
 * the main cost of decoding. Throws if the bytes are not a message of this type.
 */
export function decode<D extends DescMessage>(type: D, bytes: Uint8Array): MessageShape<D> {
  const decoder = getDecoder(type);
  const message = decoder.create();
  decoder.merge(message, new MessageReader(bytes), bytes.length, 1);
  return message as MessageShape<D>;
}

const decoders = new WeakMap<DescMessage, MessageDecoder>();

function getDecoder(type: DescMessage): MessageDecoder {
  let decoder = decoders.get(type);
  if (decoder === undefined) {
    decoder = new MessageDecoder(type);
    decoders.set(type, decoder);
  }
  return decoder;
}

class MessageDecoder {
  readonly create: () => Message;
  readonly #type: DescMessage;
  /** Indexed by number. Created for the first message: types may contain themselves, and most are never used. */
  #fields: readonly (DecodeField | undefined)[] | undefined;

  constructor(type: DescMessage) {
    this.#type = type;
    this.create = emptyMessages(type);
  }

  /** Reads all fields up to `end` into `message`, which is nested `depth` levels deep. */
  merge(message: Message, reader: MessageReader, end: number, depth: number): void {
    if (depth > RECURSION_LIMIT)
      throw new Error(`${this.#type.typeName} is nested more than ${RECURSION_LIMIT} deep`);
    this.#fields ??= fieldsByNumber(this.#type);
    const fields = this.#fields;
    while (reader.pos < end) {
      const tag = reader.nextField();
      const field = fields[tag >>> 3];
      if (field === undefined) keep(message, reader, tag, depth);
      else field(message, reader, tag & 7, depth);
    }
  }

  /** Reads a message that is the value of a field. */
  readonly asValue: DecodeValue = (reader, depth, existing = this.create()) => {
    const length = reader.length();
    this.merge(existing as Message, reader, reader.pos + length, depth + 1);
    return existing;
  };
}

function fieldsByNumber(type: DescMessage): (DecodeField | undefined)[] {
  const fields: DecodeField[] = [];
  for (const field of type.fields) {
    fields[field.number] = fieldDecoder(field, (child) => getDecoder(child).asValue);
  }
  return fields;
}

/** A newer server may send fields that this client does not know. They stay with the message. */
function keep(message: Message, reader: MessageReader, tag: number, depth: number): void {
  const no = tag >>> 3;
  const wireType = tag & 7;
  const unknown: UnknownField = { no, wireType, data: reader.skip(wireType, no, RECURSION_LIMIT - depth) };
  message.$unknown ??= [];
  message.$unknown.push(unknown);
}
