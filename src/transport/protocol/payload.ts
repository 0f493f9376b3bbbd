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

/** Whether a response is compressed, by its header. */
export function isCompressed(encoding: string | undefined): boolean {
  if (encoding === undefined || encoding === "identity") return false;
  if (encoding === GZIP) return true;
  throw faultError("malformed-response", `The response is compressed by ${encoding}, which nobody asked for`);
}
