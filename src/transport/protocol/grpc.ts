import type { IncomingHttpHeaders } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerParse } from "@connectrpc/connect/protocol-grpc-web";
import { faultError } from "../faults.ts";
import type { Formats } from "./calls.ts";
import { COMPRESSED, frame, frameLength, gunzip, isCompressed, PREFIX } from "./payload.ts";
import { excerpt, httpError, serverError } from "./server-error.ts";
import type { RawResponse, StreamFormat, WireFormat } from "./wire-format.ts";
import { headerValue, toHeaders } from "./wire-format.ts";

/** The specification allows eight digits. */
const MAX_TIMEOUT_MS = 99_999_999;
/** The maximum size of the frame with gRPC-web's trailers. */
const MAX_TRAILER_BYTES = 64 * 1024;

/** The statuses with which proxies and load balancers reject gRPC. 464 is specific to AWS's ALB. */
const BLOCKED: ReadonlySet<number> = new Set([403, 404, 405, 415, 426, 464, 501, 505]);

const COMMON = {
  encodingHeader: "grpc-encoding",
  acceptEncodingHeader: "grpc-accept-encoding",
  timeoutHeader: "grpc-timeout",
  timeout: (ms: number) => `${Math.min(ms, MAX_TIMEOUT_MS)}m`,
  frame: (payload: Uint8Array, compressed: boolean) => frame(payload, compressed ? COMPRESSED : 0),
  header: ({ headers }: RawResponse) => toHeaders(headers),
};

/** The gRPC protocol: the message has a prefix, the status is in the HTTP trailers. */
const grpcFormat: WireFormat = {
  ...COMMON,
  headers: { "content-type": "application/grpc+proto", te: "trailers" },
  envelopeBytes: PREFIX,
  wantsTrailers: true,
  read(response, readMaxBytes) {
    const { headers, trailers, body } = response;
    requireGrpc(response, "application/grpc");
    // A response without a message may have its status in the headers (trailers-only).
    const source = trailers?.["grpc-status"] === undefined ? headers : trailers;
    if (source["grpc-status"] !== "0") throw toError(toHeaders(source), headers);
    if (body.length < PREFIX || frameLength(body) !== body.length - PREFIX) throw notOneMessage();
    return unpack(headers, body, readMaxBytes);
  },
  trailer: ({ trailers }) => toHeaders(trailers),
};

/** The gRPC-web protocol: like gRPC, but with the trailers in the body, so that every proxy lets it through. */
const grpcWebFormat: WireFormat = {
  ...COMMON,
  headers: { "content-type": "application/grpc-web+proto", "x-grpc-web": "1" },
  envelopeBytes: PREFIX + MAX_TRAILER_BYTES,
  wantsTrailers: false,
  read(response, readMaxBytes) {
    const { headers } = response;
    requireGrpc(response, "application/grpc-web");
    if (headers["grpc-status"] !== undefined && headers["grpc-status"] !== "0") {
      throw toError(toHeaders(headers), headers);
    }
    const { message, trailer } = splitFrames(response.body);
    if (trailer === undefined && headers["grpc-status"] === undefined) {
      throw faultError("truncated-response", "The response ended before its status");
    }
    if (trailer !== undefined && trailer.get("grpc-status") !== "0") throw toError(trailer, headers);
    if (message === undefined) throw notOneMessage();
    if (message.length > readMaxBytes + PREFIX) {
      throw faultError("response-too-large", `The response is larger than ${readMaxBytes} bytes`);
    }
    return unpack(headers, message, readMaxBytes);
  },
  trailer: ({ body }) => splitFrames(body).trailer ?? new Headers(),
};

/** Streams over gRPC: each message in a frame, the status in the HTTP trailers. */
const grpcStreamFormat: StreamFormat = {
  ...COMMON,
  headers: grpcFormat.headers,
  endFlag: 0,
  isStream: (headers) => isGrpc(headers, "application/grpc"),
  reject(response) {
    requireGrpc(response, "application/grpc");
  },
  end(_last, { headers, trailers }) {
    const source = trailers?.["grpc-status"] === undefined ? headers : trailers;
    if (source["grpc-status"] !== "0") throw toError(toHeaders(source), headers);
    return toHeaders(trailers);
  },
};

/** Streams over gRPC-web: the trailers are in a separate frame. */
const grpcWebStreamFormat: StreamFormat = {
  ...COMMON,
  headers: grpcWebFormat.headers,
  endFlag: trailerFlag,
  isStream: (headers) => isGrpc(headers, "application/grpc-web"),
  reject(response) {
    requireGrpc(response, "application/grpc-web");
  },
  end(last, { headers }) {
    // Without messages the status may be in the headers.
    const trailer = last === undefined ? toHeaders(headers) : trailerParse(last);
    if (last === undefined && headers["grpc-status"] === undefined) return undefined;
    if (trailer.get("grpc-status") !== "0") throw toError(trailer, headers);
    return trailer;
  },
};

function isGrpc(headers: RawResponse["headers"], contentType: string): boolean {
  return headers[":status"] === 200 && headers["content-type"]?.startsWith(contentType) === true;
}

interface Frames {
  /** With its prefix. */
  readonly message?: Uint8Array | undefined;
  readonly trailer?: Headers | undefined;
}

/** The frames of a gRPC-web response: at most one message, and the trailers. */
function splitFrames(body: Uint8Array): Frames {
  let frames: Frames = {};
  for (let rest = body; rest.length > 0; ) {
    if (rest.length < PREFIX || frameLength(rest) > rest.length - PREFIX) throw notOneMessage();
    const end = PREFIX + frameLength(rest);
    if (((rest[0] ?? 0) & trailerFlag) !== 0) {
      frames = { ...frames, trailer: trailerParse(rest.subarray(PREFIX, end)) };
    } else if (frames.message !== undefined) {
      throw notOneMessage();
    } else {
      frames = { ...frames, message: rest.subarray(0, end) };
    }
    rest = rest.subarray(end);
  }
  return frames;
}

function notOneMessage(): ConnectError {
  return faultError("malformed-response", "The response is not a single, complete gRPC message");
}

/** The payload of the frame, decompressed. */
function unpack(
  headers: IncomingHttpHeaders,
  framed: Uint8Array,
  readMaxBytes: number,
): Uint8Array | Promise<Uint8Array> {
  const payload = framed.subarray(PREFIX);
  if (((framed[0] ?? 0) & COMPRESSED) === 0) return payload;
  if (isCompressed(headerValue(headers, "grpc-encoding"))) return gunzip(payload, readMaxBytes);
  throw faultError("malformed-response", "The response is compressed, but does not say how");
}

/** Throws if the response is not in the protocol. */
function requireGrpc({ headers, body }: RawResponse, expected: string): void {
  if (isGrpc(headers, expected)) return;
  const contentType = headers["content-type"];
  const status = headers[":status"] ?? 0;
  const metadata = toHeaders(headers);
  const text = excerpt(body, contentType);
  if (status === 200) {
    throw faultError("malformed-response", `The response has the content type ${contentType}`, { metadata });
  }
  // Zitadel itself responds like this to unknown methods; for unknown services it responds in gRPC.
  const isOwn = status === 404 && /^404 page not found/.test(text);
  if (expected === "application/grpc" && BLOCKED.has(status) && !isOwn) {
    const what = text === "" ? `HTTP ${status}` : `HTTP ${status}: ${text}`;
    throw faultError("grpc-blocked", `Something in front of the server does not forward gRPC (${what})`, {
      metadata,
    });
  }
  throw httpError(status, text, metadata);
}

/** The error of a status that is not `0`. */
function toError(source: Headers, responseHeaders: IncomingHttpHeaders): ConnectError {
  const metadata = toHeaders(responseHeaders);
  for (const [name, value] of source) if (metadata.get(name) !== value) metadata.append(name, value);
  const status = source.get("grpc-status");
  if (status === null) {
    return faultError(
      "missing-status",
      "The response has no gRPC status: something in front of the server may not forward HTTP trailers (gRPC-web needs none)",
      { metadata },
    );
  }
  const error = parseStatus(source, metadata);
  return serverError(error, error.code === Code.Unimplemented ? findUnserved(error.rawMessage) : undefined);
}

function parseStatus(source: Headers, metadata: Headers): ConnectError {
  const invalid = `invalid gRPC status ${source.get("grpc-status")}`;
  try {
    const parsed = findTrailerError(source);
    if (parsed === undefined) return new ConnectError(invalid, Code.Unknown, metadata);
    const error = new ConnectError(parsed.rawMessage, parsed.code, metadata);
    error.details = parsed.details;
    return error;
  } catch {
    // The details or the message are malformed.
    return new ConnectError(invalid, Code.Unknown, metadata);
  }
}

/** Whether the server does not know the service or method, as opposed to an RPC that is itself unimplemented. */
function findUnserved(message: string): "service" | "method" | undefined {
  const match = /^unknown (service|method)\b/i.exec(message);
  return match === null ? undefined : match[1] === "service" ? "service" : "method";
}

/** Both kinds of calls over gRPC. */
export const grpcFormats: Formats = { unary: grpcFormat, stream: grpcStreamFormat };

/** Both kinds of calls over gRPC-web. */
export const grpcWebFormats: Formats = { unary: grpcWebFormat, stream: grpcWebStreamFormat };
