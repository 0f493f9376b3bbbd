import type { IncomingHttpHeaders, IncomingHttpStatusHeader, OutgoingHttpHeaders } from "node:http2";
import type { HeaderFields } from "../../shared/fixed-headers.ts";
import type { CallProgress } from "../call.ts";
import type { CallContext } from "../context/call-context.ts";

/** A complete response. */
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
  /** The header that names the compressions that the response may use. */
  readonly acceptEncodingHeader: string;
  /** The header that tells the server how much time it has. */
  readonly timeoutHeader: string;
  timeout(ms: number): string;
  /** The maximum number of bytes in the body of a response besides its message. */
  readonly envelopeBytes: number;
  /** Whether the status of a response is in its HTTP trailers. */
  readonly wantsTrailers: boolean;
  /** The body of a request. */
  frame(payload: Uint8Array, compressed: boolean): Uint8Array;
  /** Returns the bytes of the message in a response. Throws if the response is an error, or malformed. */
  read(response: RawResponse, readMaxBytes: number): Uint8Array | Promise<Uint8Array>;
  /** Selects the metadata among the headers of a response; `trailer` does so for the trailers. */
  header(response: RawResponse): Headers;
  trailer(response: RawResponse): Headers;
}

/** Options of calls that do not depend on how requests are sent. */
export interface UnaryOptions {
  /** Where the server is, without a path. */
  readonly origin: string;
  /** Sent with every request. */
  readonly headers: HeaderFields;
  /** The maximum size of a response, in bytes. */
  readonly readMaxBytes: number;
  /** Messages of at least this many bytes are compressed. Infinity: none. */
  readonly compressMinBytes: number;
}

/** A streaming response apart from its frames. */
export type StreamMetadata = Pick<RawResponse, "headers" | "trailers">;

/** How a protocol writes the request of a stream and reads its responses, which are frames in all protocols. */
export interface StreamFormat
  extends Pick<
    WireFormat,
    "headers" | "encodingHeader" | "acceptEncodingHeader" | "timeoutHeader" | "timeout"
  > {
  /** The flag of the frame that ends a stream; 0 if the HTTP trailers end it. */
  readonly endFlag: number;
  /** Whether a response with these headers is a stream in this protocol. */
  isStream(headers: RawResponse["headers"]): boolean;
  /** Throws the error for a response that is not a stream. */
  reject(response: RawResponse): void;
  /**
   * Returns the trailers of a stream that has ended, from its last frame or from HTTP; undefined if the stream is
   * incomplete. Throws the error in the trailers.
   */
  end(last: Uint8Array | undefined, metadata: StreamMetadata): Headers | undefined;
  /** Selects the metadata among the headers of a response. */
  header(response: RawResponse): Headers;
}

/** An encoded request, ready to be sent. */
export interface EncodedRequest {
  readonly context: CallContext;
  readonly progress: CallProgress;
  readonly body: Uint8Array;
  /** Called when the request is sent, since one of them says how much time is left. */
  headers(): OutgoingHttpHeaders;
}

/** A request whose response is read as a whole. */
export interface EncodedUnaryRequest extends EncodedRequest {
  /** Whether it may be sent again after the server may have processed it. */
  readonly repeatable: boolean;
  /** The maximum size of the message in the response. */
  readonly readMaxBytes: number;
  /** How many bytes there are in the body of the response besides its message. */
  readonly envelopeBytes: number;
  /** Whether the response is only complete with its trailers. */
  readonly wantsTrailers: boolean;
}

/** A request whose response is read as it arrives. */
export interface EncodedStreamRequest extends EncodedRequest {
  /** The same, as long as there is no response. */
  readonly repeatable: boolean;
}

/** A response whose body arrives no faster than it is read. */
export interface StreamingResponse {
  readonly headers: RawResponse["headers"];
  /** Throws if the stream breaks or its context ends. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Set once the body has ended. */
  readonly trailers: IncomingHttpHeaders | undefined;
  /** Creates the error for a stream that ended early. */
  cutShort(): Error;
}

/** Converts raw headers to `Headers`, without pseudo headers. `rename` returns the name of each, or drops it. */
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

/** The first value of a header. */
export function headerValue(raw: IncomingHttpHeaders, name: string): string | undefined {
  const value = raw[name];
  return typeof value === "string" ? value : value?.[0];
}
