import { constants } from "node:buffer";
import { promisify } from "node:util";
import type { ZlibOptions } from "node:zlib";
import { type Message, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { decode as decodeMessage } from "../../decoding/decode.ts";
import type { Call, CallMethod } from "../call.ts";
import { faultError } from "../faults.ts";

/** Encodes the message of a request. */
export function encode({ method, message }: Call): Uint8Array {
  try {
    return toBinary(method.input, message);
  } catch (cause) {
    const message = `The request cannot be encoded: ${cause instanceof Error ? cause.message : cause}`;
    throw new ConnectError(message, Code.InvalidArgument, undefined, undefined, cause);
  }
}

/** Decodes the message of a response. */
export function decode({ output }: CallMethod, bytes: Uint8Array): Message {
  try {
    return decodeMessage(output, bytes);
  } catch (cause) {
    throw faultError("malformed-response", `The response is not a ${output.typeName}`, { cause });
  }
}

/** The only compression that Zitadel supports. */
export const GZIP = "gzip";

export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  // Loaded on demand: it would slow down cold starts, and most responses are not compressed.
  const zlib = await import("node:zlib");
  return await promisify(zlib.gzip)(bytes);
}

/** Stops at `maxBytes`, so that a small response cannot expand without limit. */
export async function gunzip(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  if (bytes.length === 0) return bytes;
  const zlib = await import("node:zlib");
  try {
    const gunzipAsync = promisify<Uint8Array, ZlibOptions, Buffer>(zlib.gunzip);
    return await gunzipAsync(bytes, { maxOutputLength: Math.min(maxBytes, constants.MAX_LENGTH) });
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE") {
      throw faultError("response-too-large", `The response is larger than ${maxBytes} bytes`, { cause });
    }
    throw faultError("malformed-response", "The response cannot be decompressed", { cause });
  }
}

/** Whether a response is compressed, according to its header. */
export function isCompressed(encoding: string | undefined): boolean {
  if (encoding === undefined || encoding === "identity") return false;
  if (encoding === GZIP) return true;
  throw faultError(
    "malformed-response",
    `The response is compressed with ${encoding}, which was not requested`,
  );
}

/** The size of a frame's prefix: a byte of flags and a length of four bytes, in all protocols. */
export const PREFIX = 5;
/** The flag of a frame whose payload is compressed, in all protocols. */
export const COMPRESSED = 1;

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
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The next frame, if it is complete. */
  next(): Frame | undefined {
    if (this.#size < PREFIX) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < PREFIX) this.#join();
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
