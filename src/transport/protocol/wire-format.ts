import type { IncomingHttpHeaders, IncomingHttpStatusHeader, OutgoingHttpHeaders } from "node:http2";
import type { HeaderFields } from "../../shared/fixed-headers.ts";
import type { CallProgress } from "../call.ts";
import type { CallContext } from "../context/call-context.ts";

/** What came back for a request, complete. */
export interface RawResponse {
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader;
  readonly body: Uint8Array;
  readonly trailers: IncomingHttpHeaders | undefined;
}

/** How a protocol writes a unary request and reads its response. */
export interface WireFormat {
  /** The headers that every request has. */
  readonly headers: OutgoingHttpHeaders;
  /** The header that names the compression of the request. */
  readonly encodingHeader: string;
  /** The header that names the compressions which the response may have. */
  readonly acceptEncodingHeader: string;
  /** The header, and its value, that tells the server how much time it has. */
  readonly timeoutHeader: string;
  timeout(ms: number): string;
  /** How many bytes there are at most in the body of a response besides its message. */
  readonly envelopeBytes: number;
  /** The status of a response comes in its HTTP trailers. */
  readonly wantsTrailers: boolean;
  /** The body of a request. */
  frame(payload: Uint8Array, compressed: boolean): Uint8Array;
  /** The bytes of the message in the response. Throws the error that the response is, or amounts to. */
  read(response: RawResponse, readMaxBytes: number): Uint8Array | Promise<Uint8Array>;
  /** Which part of the raw headers of a response is metadata, and under which names; the trailers likewise. */
  header(response: RawResponse): Headers;
  trailer(response: RawResponse): Headers;
}

/** What unary calls have in common, whatever they go over. */
export interface UnaryOptions {
  /** Where the server is, without a path. */
  readonly origin: string;
  /** Sent with every request. */
  readonly headers: HeaderFields;
  /** A response larger than this many bytes is refused. */
  readonly readMaxBytes: number;
  /** Messages of at least this many bytes are compressed. Infinity: none. */
  readonly compressMinBytes: number;
}

/** What has come of a stream besides its frames. */
export type StreamMetadata = Pick<RawResponse, "headers" | "trailers">;

/** How a protocol writes the request of a stream and reads its responses: as frames, in all of them. */
export interface StreamFormat
  extends Pick<
    WireFormat,
    "headers" | "encodingHeader" | "acceptEncodingHeader" | "timeoutHeader" | "timeout"
  > {
  /** The flag of the frame that ends a stream; 0 where the HTTP trailers do. */
  readonly endFlag: number;
  /** Whether a response with these headers is a stream in this protocol. */
  isStream(headers: RawResponse["headers"]): boolean;
  /** Throws the error that a response amounts to which is none. */
  reject(response: RawResponse): void;
  /**
   * The trailers of a stream that has ended, from the payload of its last frame or from HTTP; undefined where it has no
   * end. Throws the error that they say.
   */
  end(last: Uint8Array | undefined, metadata: StreamMetadata): Headers | undefined;
  /** Which part of the headers of a response is metadata. */
  header(response: RawResponse): Headers;
}

/** What any request has, ready to be sent. */
export interface EncodedRequest {
  readonly context: CallContext;
  readonly progress: CallProgress;
  readonly body: Uint8Array;
  /** Made when the request is sent, since one of them says how much time is left. */
  headers(): OutgoingHttpHeaders;
}

/** A request whose response is read whole. */
export interface EncodedUnaryRequest extends EncodedRequest {
  /** It may be sent twice. */
  readonly idempotent: boolean;
  /** A response with a larger message is refused. */
  readonly readMaxBytes: number;
  /** How many bytes there are in the body of the response besides its message. */
  readonly envelopeBytes: number;
  /** The response is not complete before its trailers have come. */
  readonly wantsTrailers: boolean;
}

/** A request whose response is read as it comes. */
export interface EncodedStreamRequest extends EncodedRequest {
  /** It may be sent twice, as long as there was no response. */
  readonly idempotent: boolean;
}

/** A response whose body comes as it is read, and no faster. */
export interface StreamingResponse {
  readonly headers: RawResponse["headers"];
  /** Throws where the stream breaks, and where its context ends. */
  readonly body: AsyncIterable<Uint8Array>;
  /** There once the body has ended. */
  readonly trailers: IncomingHttpHeaders | undefined;
  /** The error of a stream that ended before it should. */
  cutShort(): Error;
}

/** Raw headers as `Headers`, without the pseudo headers. `rename` gives each its name, or drops it. */
export function toHeaders(
  raw: IncomingHttpHeaders | undefined,
  rename: (name: string) => string | undefined = (name) => name,
): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw ?? {})) {
    const known = name.startsWith(":") ? undefined : rename(name);
    if (known === undefined || known === "" || value === undefined) continue;
    for (const one of typeof value === "string" ? [value] : value) headers.append(known, one);
  }
  return headers;
}

/** One header, in its first value. */
export function headerValue(raw: IncomingHttpHeaders, name: string): string | undefined {
  const value = raw[name];
  return typeof value === "string" ? value : value?.[0];
}
