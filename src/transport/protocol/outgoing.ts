import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { CallProgress } from "../call.ts";
import type { CallContext } from "../context/call-context.ts";
import type { RawResponse } from "./wire-format.ts";

/** What any request has, ready to be sent. */
export interface Outgoing {
  readonly context: CallContext;
  readonly progress: CallProgress;
  readonly body: Uint8Array;
  /** Made when the request is sent, since one of them says how much time is left. */
  headers(): OutgoingHttpHeaders;
}

/** A request whose response is read whole. */
export interface OutgoingRequest extends Outgoing {
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
export interface OutgoingStreamRequest extends Outgoing {
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
