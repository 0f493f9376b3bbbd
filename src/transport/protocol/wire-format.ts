import type { OutgoingHttpHeaders } from "node:http2";
import type { Answer } from "./answer.ts";

/** How a protocol writes a unary request and reads its answer. */
export interface WireFormat {
  /** The headers that every request has. */
  readonly headers: OutgoingHttpHeaders;
  /** The header that names the compression of the request. */
  readonly encodingHeader: string;
  /** The header that names the compressions which the answer may have. */
  readonly acceptEncodingHeader: string;
  /** The header, and its value, that tells the server how much time it has. */
  readonly timeoutHeader: string;
  timeout(ms: number): string;
  /** How many bytes there are in the body of an answer besides its message. */
  readonly envelopeBytes: number;
  /** The status of an answer comes in its trailers. */
  readonly wantsTrailers: boolean;
  /** The body of a request. */
  frame(payload: Uint8Array, compressed: boolean): Uint8Array;
  /** The bytes of the message in the answer. Throws the error that the answer is, or amounts to. */
  read(answer: Answer, readMaxBytes: number): Uint8Array | Promise<Uint8Array>;
  /** Which part of the raw headers of an answer is metadata, and under which names; the trailers likewise. */
  header(answer: Answer): Headers;
  trailer(answer: Answer): Headers;
}
