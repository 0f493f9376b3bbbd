import { BinaryReader } from "@bufbuild/protobuf/wire";
import { Texts } from "./texts.ts";

/** Reads as protobuf-es does, with less garbage: a tag is a number, and a text takes no array and no view. */
export class MessageReader extends BinaryReader {
  readonly #bytes: Uint8Array;
  readonly #texts: Texts;
  #fieldStart = 0;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    // From a Buffer, values of `bytes` fields would be Buffers too, which are not all alike to who gets them.
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    super(bytes);
    this.#bytes = bytes;
    this.#texts = new Texts(bytes);
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

  /** How many bytes follow that belong together. */
  length(): number {
    const byte = this.#bytes[this.pos];
    if (byte === undefined || byte >= 128) return this.uint32();
    this.pos += 1;
    return byte;
  }

  /** The value of a `string` field. Throws where it is not UTF-8. */
  text(): string {
    const length = this.length();
    const start = this.pos;
    this.pos += length;
    if (this.pos > this.len) throw new RangeError("premature end of a string");
    return this.#texts.read(start, this.pos);
  }
}
