const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What is longer is read faster by Node. */
const SHORT = 24;
/** Character codes of a text, by its length: an array each, since as many arguments go to a function as it is long. */
const codesByLength = Array.from({ length: SHORT + 1 }, (_, length) => new Array<number>(length).fill(0));

/** Smaller messages hardly repeat anything. */
const REPETITIVE_BYTES = 512;
/** Shorter texts are made as fast as they are looked up. */
const REPEATED_MIN = 4;
const REPEATED_MAX = 64;
const SLOT_BITS = 6;

/** Reads the texts of one message. Needs neither an array nor a view for each, as protobuf-es does. */
export class Texts {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** The same bytes, with the methods of Node. */
  #buffer: Buffer | undefined;
  /** Texts read before, and where their bytes are, by a hash of these. */
  readonly #slots:
    | { readonly texts: string[]; readonly starts: number[]; readonly ends: number[] }
    | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length >= REPETITIVE_BYTES) {
      const slots = 1 << SLOT_BITS;
      this.#slots = {
        texts: new Array(slots).fill(""),
        starts: new Array(slots).fill(0),
        ends: new Array(slots).fill(0),
      };
    }
  }

  /**
   * The text between two places within the bytes. Throws where it is not UTF-8. Lists repeat themselves: the same
   * organization in each item, a name that is also the login name. A text that is known takes no time and no memory.
   */
  read(start: number, end: number): string {
    const length = end - start;
    const slots = this.#slots;
    if (slots === undefined || length < REPEATED_MIN || length > REPEATED_MAX) return this.#make(start, end);
    const slot = this.#hash(start, end);
    const knownStart = slots.starts[slot] ?? 0;
    if (slots.ends[slot] === knownStart + length && this.#isSame(knownStart, start, length)) {
      return slots.texts[slot] ?? "";
    }
    const text = this.#make(start, end);
    slots.texts[slot] = text;
    slots.starts[slot] = start;
    slots.ends[slot] = end;
    return text;
  }

  /** Of the beginning, the middle and the end, since identifiers share the one, and addresses the other. */
  #hash(start: number, end: number): number {
    const view = this.#view;
    const middle = (start + end - 4) >>> 1;
    const ends = view.getInt32(start, true) ^ Math.imul(view.getInt32(end - 4, true), 0x9e37_79b1);
    return (
      Math.imul(ends ^ Math.imul(view.getInt32(middle, true), 0x85eb_ca6b), 0xc2b2_ae35) >>> (32 - SLOT_BITS)
    );
  }

  /** Four bytes at a time, from the end. The first four may overlap with those before. */
  #isSame(a: number, b: number, length: number): boolean {
    const view = this.#view;
    for (let i = length - 4; i > 0; i -= 4) {
      if (view.getInt32(a + i, true) !== view.getInt32(b + i, true)) return false;
    }
    return view.getInt32(a, true) === view.getInt32(b, true);
  }

  #make(start: number, end: number): string {
    const codes = codesByLength[end - start];
    if (codes !== undefined && this.#copyAscii(start, codes))
      return String.fromCharCode.apply(undefined, codes);
    const { buffer, byteOffset, byteLength } = this.#bytes;
    this.#buffer ??= Buffer.from(buffer, byteOffset, byteLength);
    const text = this.#buffer.toString("utf8", start, end);
    // This character takes the place of what is not UTF-8, or is meant.
    return text.includes("\ufffd") ? strictUtf8.decode(this.#bytes.subarray(start, end)) : text;
  }

  #copyAscii(start: number, codes: number[]): boolean {
    const bytes = this.#bytes;
    let seen = 0;
    for (let i = 0; i < codes.length; i++) {
      const byte = bytes[start + i] ?? 0;
      seen |= byte;
      codes[i] = byte;
    }
    return seen < 0x80;
  }
}
