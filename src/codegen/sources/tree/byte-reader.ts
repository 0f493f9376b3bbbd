import { CodegenError } from "../../errors.ts";

/** Reads a stream piece by piece. Never reads ahead of the requested piece. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes, without consuming them; fewer if the stream ends. */
  async peek(length: number): Promise<Buffer> {
    const pieces = [this.#buffer];
    let available = this.#buffer.length;
    while (available < length) {
      const { value, done } = await this.#chunks.next();
      if (done === true) break;
      pieces.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      available += value.length;
    }
    if (pieces.length > 1) this.#buffer = Buffer.concat(pieces);
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
    const piece = 1 << 16;
    for (let left = length; left > 0; left -= piece) await this.read(Math.min(left, piece));
  }

  /** Everything that is left. Throws a CodegenError if it is more than `limit` bytes. */
  async rest(limit: number): Promise<Buffer> {
    const bytes = await this.peek(limit + 1);
    if (bytes.length > limit) throw new CodegenError(`it has more than ${limit} bytes`);
    return bytes;
  }
}
