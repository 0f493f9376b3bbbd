import { CodegenError } from "../../errors.ts";

const EMPTY = Buffer.alloc(0);

/** Reads a stream piece by piece. Never reads ahead of the requested piece. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffer: Buffer = EMPTY;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes, without consuming them; fewer if the stream ends. */
  async peek(length: number): Promise<Buffer> {
    const pieces = this.#buffer.length > 0 ? [this.#buffer] : [];
    let available = this.#buffer.length;
    while (available < length) {
      const { value, done } = await this.#chunks.next();
      if (done === true) break;
      pieces.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      available += value.length;
    }
    const [first = EMPTY] = pieces;
    // A single piece is not copied: most of an archive is only skipped.
    this.#buffer = pieces.length > 1 ? Buffer.concat(pieces) : first;
    return this.#buffer.subarray(0, length);
  }

  /** The next bytes. Throws a CodegenError if the stream ends before that. */
  async read(length: number): Promise<Buffer> {
    const bytes = await this.peek(length);
    if (bytes.length < length) throw new CodegenError("it ends too early");
    this.#buffer = this.#buffer.subarray(length);
    return bytes;
  }

  /** Skips any number of bytes. */
  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      await this.peek(1);
      left -= (await this.read(Math.min(left, Math.max(this.#buffer.length, 1)))).length;
    }
  }

  /** Everything that is left. Throws a CodegenError if it is more than `limit` bytes. */
  async rest(limit: number): Promise<Buffer> {
    const bytes = await this.peek(limit + 1);
    if (bytes.length > limit) throw new CodegenError(`it has more than ${limit} bytes`);
    return bytes;
  }
}
