import type { IncomingHttpHeaders, IncomingHttpStatusHeader, OutgoingHttpHeaders } from "node:http2";
import type { HeaderFields } from "../../shared/fixed-headers.ts";

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
