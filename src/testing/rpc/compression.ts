import { gunzipSync, gzipSync } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";

/** The only encoding that the server supports, besides `identity`. */
export const GZIP = "gzip";

/** Decompresses `bytes`. Throws the server's error for an unknown encoding. */
export function decompress(bytes: Uint8Array, encoding: string | null): Uint8Array {
  checkEncoding(encoding);
  if (encoding !== GZIP) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new ConnectError(`decompress: ${String(cause)}`, Code.InvalidArgument);
  }
}

/** Whether the server supports an encoding. */
export function isKnownEncoding(encoding: string | null): boolean {
  return encoding === null || encoding === "identity" || encoding === GZIP;
}

/** Throws for an encoding that the server does not support. */
export function checkEncoding(encoding: string | null): void {
  if (!isKnownEncoding(encoding)) throw unknownCompression(encoding ?? "");
}

/** Whether a header that lists encodings contains gzip. */
export function acceptsGzip(header: string | null): boolean {
  return header?.split(",").some((name) => name.trim() === GZIP) ?? false;
}

/** Compresses with gzip. */
export function compress(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes);
}

function unknownCompression(encoding: string): ConnectError {
  return new ConnectError(
    `unknown compression ${JSON.stringify(encoding)}: supported encodings are ${GZIP}`,
    Code.Unimplemented,
  );
}
