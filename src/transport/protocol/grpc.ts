import type { IncomingHttpHeaders } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { faultError } from "../faults/fault-error.ts";
import type { Answer } from "./answer.ts";
import { gunzip, isCompressed } from "./compression.ts";
import { headerValue, toHeaders } from "./metadata.ts";
import { excerpt, httpError, serverError } from "./server-error.ts";
import type { WireFormat } from "./wire-format.ts";

/** A message has before it a byte of flags and its length in four bytes. */
const PREFIX = 5;
const COMPRESSED = 1;
/** The specification allows eight digits. */
const MAX_TIMEOUT_MS = 99_999_999;

/** The gRPC protocol: the message has a prefix, the status comes in the trailers. */
export const grpcFormat: WireFormat = {
  headers: { "content-type": "application/grpc+proto", te: "trailers" },
  encodingHeader: "grpc-encoding",
  acceptEncodingHeader: "grpc-accept-encoding",
  timeoutHeader: "grpc-timeout",
  envelopeBytes: PREFIX,
  wantsTrailers: true,
  timeout: (ms) => `${Math.min(ms, MAX_TIMEOUT_MS)}m`,
  frame,
  read(answer, readMaxBytes) {
    const error = errorOf(answer);
    if (error !== undefined) throw error;
    return unframe(answer, readMaxBytes);
  },
  header: ({ headers }) => toHeaders(headers),
  trailer: ({ trailers }) => toHeaders(trailers),
};

function frame(payload: Uint8Array, compressed: boolean): Uint8Array {
  const body = Buffer.allocUnsafe(PREFIX + payload.length);
  body.writeUInt8(compressed ? COMPRESSED : 0, 0);
  body.writeUInt32BE(payload.length, 1);
  body.set(payload, PREFIX);
  return body;
}

function unframe({ headers, body }: Answer, readMaxBytes: number): Uint8Array | Promise<Uint8Array> {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (body.length < PREFIX || view.getUint32(1) !== body.length - PREFIX) {
    throw faultError("malformed-response", "The answer is not one whole gRPC message");
  }
  const payload = body.subarray(PREFIX);
  if ((view.getUint8(0) & COMPRESSED) === 0) return payload;
  if (isCompressed(headerValue(headers, "grpc-encoding"))) return gunzip(payload, readMaxBytes);
  throw faultError("malformed-response", "The answer is compressed and does not say how");
}

function errorOf({ headers, body, trailers }: Answer): ConnectError | undefined {
  const contentType = headers["content-type"];
  const status = headers[":status"] ?? 0;
  if (status !== 200) return httpError(status, excerpt(body, contentType), toHeaders(headers));
  if (contentType?.startsWith("application/grpc") !== true) {
    return faultError("malformed-response", `The answer is of content type ${contentType}`);
  }
  // An answer without a message may have its status in the headers.
  const source = trailers?.["grpc-status"] === undefined ? headers : trailers;
  switch (source["grpc-status"]) {
    case "0":
      return undefined;
    case undefined:
      return faultError(
        "missing-status",
        "The answer has no gRPC status: something on the way may not pass HTTP trailers on (gRPC-web needs none)",
        { metadata: toHeaders(headers) },
      );
    default:
      return statusError(source, metadata(headers, trailers));
  }
}

function metadata(headers: IncomingHttpHeaders, trailers: IncomingHttpHeaders | undefined): Headers {
  const all = toHeaders(headers);
  if (trailers !== undefined) for (const [name, value] of toHeaders(trailers)) all.append(name, value);
  return all;
}

function statusError(source: IncomingHttpHeaders, all: Headers): ConnectError {
  const error = parse(source, all);
  return serverError(error, error.code === Code.Unimplemented ? unserved(error.rawMessage) : undefined);
}

function parse(source: IncomingHttpHeaders, all: Headers): ConnectError {
  const fallback = () => new ConnectError(`invalid gRPC status ${source["grpc-status"]}`, Code.Unknown, all);
  try {
    const parsed = findTrailerError(toHeaders(source));
    if (parsed === undefined) return fallback();
    const error = new ConnectError(parsed.rawMessage, parsed.code, all);
    error.details = parsed.details;
    return error;
  } catch {
    // Details or a message that are not encoded as they should be.
    return fallback();
  }
}

/** What gRPC servers say of what they do not know, as against what an RPC says of itself. */
function unserved(message: string): "service" | "method" | undefined {
  const match = /^unknown (service|method)\b/i.exec(message);
  return match === null ? undefined : match[1] === "service" ? "service" : "method";
}
