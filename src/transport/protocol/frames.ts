import { faultError } from "../faults.ts";

/** The size of a frame's prefix: a byte of flags and a length of four bytes, in all protocols. */
export const PREFIX = 5;

/** Puts a payload into a frame. */
export function frame(payload: Uint8Array, flags: number): Uint8Array {
  const body = Buffer.allocUnsafe(PREFIX + payload.length);
  body.writeUInt8(flags, 0);
  body.writeUInt32BE(payload.length, 1);
  body.set(payload, PREFIX);
  return body;
}

/** The length of the frame at the start of `bytes`, without its prefix. */
export function frameLength(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1);
}

export interface Frame {
  readonly flags: number;
  readonly payload: Uint8Array;
}

/** Reads frames from a stream, however it is chunked. Buffers at most one incomplete frame. */
export class FrameReader {
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #size = 0;

  /** Frames with a larger payload fail. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a frame is incomplete. */
  get isWithinFrame(): boolean {
    return this.#size > 0;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The next frame, if it is complete. */
  next(): Frame | undefined {
    if (this.#size < PREFIX) return undefined;
    if (this.#chunks[0] === undefined || this.#chunks[0].length < PREFIX) this.#join();
    const [first = new Uint8Array(PREFIX)] = this.#chunks;
    const length = frameLength(first);
    if (length > this.#maxBytes) {
      throw faultError("response-too-large", `The message is larger than ${this.#maxBytes} bytes`);
    }
    const end = PREFIX + length;
    if (this.#size < end) return undefined;
    const bytes = this.#join();
    this.#chunks = bytes.length === end ? [] : [bytes.subarray(end)];
    this.#size -= end;
    return { flags: bytes[0] ?? 0, payload: bytes.subarray(PREFIX, end) };
  }

  #join(): Uint8Array {
    const [first] = this.#chunks;
    const all = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}
