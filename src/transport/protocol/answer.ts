import type { IncomingHttpHeaders, IncomingHttpStatusHeader, OutgoingHttpHeaders } from "node:http2";

/** What came back for a request, whole. */
export interface Answer {
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader;
  readonly body: Uint8Array;
  readonly trailers: IncomingHttpHeaders | undefined;
}

/** A request, ready to be sent. */
export interface Outgoing {
  readonly body: Uint8Array;
  /** An answer with a larger message is refused. */
  readonly readMaxBytes: number;
  /** How many bytes there are in the body of the answer besides its message. */
  readonly envelopeBytes: number;
  /** The answer is not whole before its trailers have come. */
  readonly wantsTrailers: boolean;
  /** Made when the request is sent, since one of them says how much time is left. */
  headers(): OutgoingHttpHeaders;
}
