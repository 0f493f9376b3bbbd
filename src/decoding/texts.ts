const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Node decodes longer texts faster. */
const SHORT = 24;
/** Arrays for the character codes of a text, one per length: `apply` passes as many arguments as its array is long. */
const codesByLength = Array.from({ length: SHORT + 1 }, (_, length) => new Array<number>(length).fill(0));

/** Smaller messages hardly repeat anything. */
const REPETITIVE_BYTES = 512;
/** Decoding a shorter text is as fast as finding it. */
const REPEATED_MIN = 4;
const REPEATED_MAX = 64;
const SLOT_BITS = 6;
/** How many lookups may fail before lookups stop. */
const MAX_TRIES = 64;
/** A hit saves twice what a miss costs. */
const GAIN = 2;

/**
 * Reads the texts of one message. Lists repeat texts: the same organization in each item, a login name that is also the
 * e-mail address. A text that was read before is found by its bytes, and takes no more memory.
 */
export class Texts {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** The same bytes, with the methods of Node. */
  #buffer: Buffer | undefined;
  /** Texts read before, and where they are, by a hash of their bytes. */
  #known: { readonly texts: string[]; readonly starts: number[] } | undefined;
  #triesLeft = MAX_TRIES;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < REPETITIVE_BYTES) return;
    this.#known = { texts: new Array(1 << SLOT_BITS), starts: new Array(1 << SLOT_BITS) };
  }

  /** The text between two offsets. Throws if it is not UTF-8. */
  read(start: number, end: number): string {
    const length = end - start;
    const known = this.#known;
    if (known === undefined || length < REPEATED_MIN || length > REPEATED_MAX) return this.#make(start, end);
    const slot = this.#hash(start, end);
    const found = known.texts[slot];
    if (found?.length === length && this.#isSame(known.starts[slot] ?? 0, start, length)) {
      this.#triesLeft += GAIN;
      return found;
    }
    this.#triesLeft -= 1;
    if (this.#triesLeft === 0) this.#known = undefined;
    const text = this.#make(start, end);
    // Only ASCII text is as long as its bytes.
    if (text.length === length) {
      known.texts[slot] = text;
      known.starts[slot] = start;
    }
    return text;
  }

  /** Uses the beginning, the middle and the end, since ids share their beginning, and addresses their end. */
  #hash(start: number, end: number): number {
    const view = this.#view;
    const middle = view.getInt32((start + end - 4) >>> 1, true);
    const mixed = Math.imul(middle, 0x85eb_ca6b) ^ Math.imul(view.getInt32(end - 4, true), 0x9e37_79b1);
    return Math.imul(mixed ^ view.getInt32(start, true), 0xc2b2_ae35) >>> (32 - SLOT_BITS);
  }

  /** Compares four bytes at a time, from the end. The last comparison may overlap with the one before. */
  #isSame(a: number, b: number, length: number): boolean {
    const view = this.#view;
    for (let i = length - 4; i > 0; i -= 4) {
      if (view.getInt32(a + i, true) !== view.getInt32(b + i, true)) return false;
    }
    return view.getInt32(a, true) === view.getInt32(b, true);
  }

  #make(start: number, end: number): string {
    const codes = codesByLength[end - start];
    if (codes !== undefined && this.#copyAscii(start, codes)) {
      return String.fromCharCode.apply(undefined, codes);
    }
    const { buffer, byteOffset, byteLength } = this.#bytes;
    this.#buffer ??= Buffer.from(buffer, byteOffset, byteLength);
    const text = this.#buffer.toString("utf8", start, end);
    // This character has replaced bytes that are not UTF-8, or was in the text.
    return text.includes("\ufffd") ? strictUtf8.decode(this.#bytes.subarray(start, end)) : text;
  }

  /** False if there is a character that is not ASCII. */
  #copyAscii(start: number, codes: number[]): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < codes.length; i++) {
      const byte = bytes[start + i] ?? 0;
      if (byte >= 0x80) return false;
      codes[i] = byte;
    }
    return true;
  }
}
