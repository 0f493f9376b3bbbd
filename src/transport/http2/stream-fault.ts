import { type ClientHttp2Stream, constants } from "node:http2";
import type { FaultName } from "../faults/faults.ts";
import type { Session } from "./session.ts";

/** What the reset of a stream means, by its error code. What is not listed is `stream-failed`. */
const RESETS: Readonly<Record<number, readonly [FaultName, string]>> = {
  [constants.NGHTTP2_NO_ERROR]: ["stream-ended-early", "ended the stream before its answer was complete"],
  [constants.NGHTTP2_CANCEL]: ["stream-cancelled", "cancelled the stream"],
  [constants.NGHTTP2_REFUSED_STREAM]: ["stream-refused", "refused the stream"],
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: ["enhance-your-calm", "finds that this client asks too much of it"],
  [constants.NGHTTP2_HTTP_1_1_REQUIRED]: ["http-1.1-required", "wants HTTP/1.1 for this request"],
};

/** Why a stream closed before its answer was whole. `answered`: headers had come. */
export function streamFault(
  { id, rstCode }: ClientHttp2Stream,
  session: Session,
  answered: boolean,
): { readonly fault: FaultName; readonly message: string } {
  if (!answered && session.isUnprocessed(id)) {
    return {
      fault: "goaway-unprocessed",
      message: "The server closed the connection without having seen the request",
    };
  }
  // A connection that goes takes its streams along with codes of no meaning.
  if (session.isDead())
    return { fault: session.fault, message: LOST[session.fault] ?? "The connection was lost" };
  if (answered)
    return { fault: "truncated-response", message: `The answer was cut short (RST_STREAM ${rstCode})` };
  const [fault, does] = RESETS[rstCode] ?? ["stream-failed", "failed"];
  return { fault, message: `The server ${does} (RST_STREAM ${rstCode})` };
}

const LOST: { readonly [name in FaultName]?: string } = {
  "ping-timeout": "The connection was lost: the server did not answer a ping",
  closed: "The connection was closed while the call was running",
};
