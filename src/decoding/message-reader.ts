import { BinaryReader } from "@bufbuild/protobuf/wire";
import { Texts } from "./texts.ts";

/** Reads as protobuf-es does, with less garbage: a tag is a number, and a text needs no array or view. */
export class MessageReader extends BinaryReader {
  readonly #bytes: Uint8Array;
  readonly #texts: Texts;
  #fieldStart = 0;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    // From a Buffer, values of `bytes` fields would be Buffers too, which behave differently from Uint8Arrays.
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    super(bytes);
    this.#bytes = bytes;
    this.#texts = new Texts(bytes);
  }

  /** Starts to read the next field. Returns its number times 8, plus its wire type. */
  nextField(): number {
    this.#fieldStart = this.pos;
    const byte = this.#bytes[this.pos];
    // The most common case: a number from 1 to 15, and a valid wire type.
    if (byte !== undefined && byte >= 8 && byte < 128 && (byte & 7) <= 5) {
      this.pos += 1;
      return byte;
    }
    const [number, wireType] = this.tag();
    return ((number << 3) | wireType) >>> 0;
  }

  /** The bytes of the field since its start, including its tag. */
  fieldSoFar(): Uint8Array {
    return this.#bytes.subarray(this.#fieldStart, this.pos);
  }

  /** The length of a length-delimited value. */
  length(): number {
    const byte = this.#bytes[this.pos];
    if (byte === undefined || byte >= 128) return this.uint32();
    this.pos += 1;
    return byte;
  }

  /** The value of a `string` field. Throws if it is not UTF-8. */
  text(): string {
    const length = this.length();
    const start = this.pos;
    this.pos += length;
    if (this.pos > this.len) throw new RangeError("premature end of a string");
    return this.#texts.read(start, this.pos);
  }
}
