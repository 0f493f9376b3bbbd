import { BinaryReader } from "@bufbuild/protobuf/wire";

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads as protobuf-es does, with less garbage: a tag is a number, and a text takes no array and no view. */
export class MessageReader extends BinaryReader {
  readonly #bytes: Uint8Array;
  /** The same, with the methods of Node. */
  readonly #buffer: Buffer;
  #fieldStart = 0;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    // From a Buffer, values of `bytes` fields would be Buffers too, which are not all alike to who gets them.
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    super(bytes);
    this.#bytes = bytes;
    this.#buffer = Buffer.from(buffer, byteOffset, byteLength);
  }

  /** Starts with the next field: its number times 8, plus its wire type. */
  nextField(): number {
    this.#fieldStart = this.pos;
    const byte = this.#bytes[this.pos];
    // Most are: a number from 1 to 15, and a wire type that exists.
    if (byte !== undefined && byte >= 8 && byte < 128 && (byte & 7) <= 5) {
      this.pos += 1;
      return byte;
    }
    const [number, wireType] = this.tag();
    return ((number << 3) | wireType) >>> 0;
  }

  /** The bytes of the field since its start, its tag included. */
  fieldSoFar(): Uint8Array {
    return this.#bytes.subarray(this.#fieldStart, this.pos);
  }

  /** The value of a `string` field. Throws where it is not UTF-8. */
  text(): string {
    const length = this.uint32();
    const start = this.pos;
    this.pos += length;
    if (this.pos > this.len) throw new RangeError("premature end of a string");
    const text = this.#buffer.toString("utf8", start, this.pos);
    // This character takes the place of what is not UTF-8, or is meant.
    return text.includes("\ufffd") ? strictUtf8.decode(this.#bytes.subarray(start, this.pos)) : text;
  }
}
