import { Code, ConnectError } from "@connectrpc/connect";
import { compressedFlag } from "@connectrpc/connect/protocol";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { acceptsGzip, checkEncoding, compress, decompress } from "./compression.ts";

/** The length of a frame's prefix. */
export const HEAD = 5;

/** Extracts the message of a unary request from its frame. */
export function readFrame(body: Uint8Array, headers: Headers, maxBytes: number): Uint8Array {
  const encoding = headers.get("grpc-encoding");
  checkEncoding(encoding);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (body.length < HEAD || body.length < HEAD + view.getUint32(1)) {
    throw new ConnectError("protocol error: incomplete envelope: unexpected EOF", Code.InvalidArgument);
  }
  const message = body.subarray(HEAD, HEAD + view.getUint32(1));
  if (message.length > maxBytes) {
    const text = `grpc: received message larger than max (${message.length} vs. ${maxBytes})`;
    throw new ConnectError(text, Code.ResourceExhausted);
  }
  const compressed = (view.getUint8(0) & compressedFlag) !== 0;
  return compressed ? decompress(message, encoding) : message;
}

/** Writes a message into a frame, compressed if the client accepts gzip. */
export function writeFrame(
  message: Uint8Array,
  requestHeaders: Headers,
): { frame: Uint8Array; gzip: boolean } {
  const gzip = acceptsGzip(requestHeaders.get("grpc-accept-encoding"));
  return { frame: toFrame(gzip ? compressedFlag : 0, gzip ? compress(message) : message), gzip };
}

/** Creates a frame: flags, length, content. */
export function toFrame(flags: number, content: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEAD + content.length);
  const view = new DataView(frame.buffer);
  view.setUint8(0, flags);
  view.setUint32(1, content.length);
  frame.set(content, HEAD);
  return frame;
}

/** Adds the status of a call to the trailers of the handler. */
export function addStatus(result: Uint8Array | ConnectError, trailers: Headers): Headers {
  const fields = new Headers(trailers);
  if (!(result instanceof ConnectError)) {
    fields.set("grpc-status", "0");
    return fields;
  }
  setTrailerStatus(fields, result);
  fields.set("grpc-message", percentEncode(result.rawMessage));
  return fields;
}

/** Like the server, escapes only the characters that gRPC requires: spaces stay. */
function percentEncode(text: string): string {
  const bytes = Buffer.from(text).toString("latin1");
  return bytes.replace(
    /[^ -$&-~]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
