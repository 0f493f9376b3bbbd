import { constants, type OutgoingHttpHeaders } from "node:http2";
import type { ConnectError } from "@connectrpc/connect";
import type { FaultName } from "../faults.ts";
import { faultError } from "../faults.ts";
import type { Session } from "./session.ts";

/** The fault for each error code of RST_STREAM. Others are `stream-failed`. */
const RESETS: Readonly<Record<number, readonly [FaultName, string]>> = {
  [constants.NGHTTP2_NO_ERROR]: ["stream-ended-early", "ended the stream before its response was complete"],
  [constants.NGHTTP2_CANCEL]: ["stream-cancelled", "canceled the stream"],
  [constants.NGHTTP2_REFUSED_STREAM]: ["stream-refused", "refused the stream"],
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: ["enhance-your-calm", "reports that this client sends too much"],
  [constants.NGHTTP2_HTTP_1_1_REQUIRED]: ["http-1.1-required", "requires HTTP/1.1 for this request"],
};

/** nghttp2, which Node uses, sends no more than this, in bytes, and closes the stream as if the server had refused it. */
const MAX_SENT_HEADER_BYTES = 65_536;
/** Many servers and proxies accept at most this much, in bytes, such as nginx by default. */
const COMMON_HEADER_BYTES = 8192;

/** How a stream closed before its response was complete. */
export interface ClosedStream {
  readonly id: number | undefined;
  readonly rstCode: number;
  /** Whether the headers of a response had arrived. */
  readonly responded: boolean;
  readonly sent: OutgoingHttpHeaders | undefined;
}

/** What is known about the connection of a stream. */
type Connection = Pick<Session, "goaway" | "maxHeaderBytes" | "end" | "isDead" | "hasResponded">;

export function describeStreamFault(session: Connection, stream: ClosedStream): ConnectError {
  const { fault, message, cause } = findFault(session, stream);
  const size = stream.responded ? 0 : headerBytes(stream.sent);
  if (size > Math.min(MAX_SENT_HEADER_BYTES, session.maxHeaderBytes)) {
    return faultError("headers-too-large", `${inKilobytes(size)}, more than can be sent to this server`);
  }
  if (size > COMMON_HEADER_BYTES && (session.goaway.gaveUpAt(stream.id) || fault === "enhance-your-calm")) {
    return faultError("headers-too-large", `${inKilobytes(size)}, more than this server accepts: ${message}`);
  }
  const remark = size > COMMON_HEADER_BYTES ? ` (${inKilobytes(size)}, more than many servers accept)` : "";
  return faultError(fault, `${message}${remark}`, {
    cause,
    connectionHadWorked: session.hasResponded(),
    complaint: session.goaway.complaint,
  });
}

interface Found {
  readonly fault: FaultName;
  readonly message: string;
  readonly cause?: unknown;
}

function findFault(session: Connection, { id, rstCode, responded }: ClosedStream): Found {
  const { complaint } = session.goaway;
  if (!responded && session.goaway.isUnprocessed(id)) {
    const why = complaint === undefined ? "" : ` (${complaint})`;
    return {
      fault: "goaway-unprocessed",
      message: `The server closed the connection without processing the request${why}`,
    };
  }
  // When a connection is lost, the codes of its streams mean nothing.
  if (session.isDead()) return session.end;
  if (responded) {
    return { fault: "truncated-response", message: `The response was cut short (RST_STREAM ${rstCode})` };
  }
  const [fault, does] = RESETS[rstCode] ?? ["stream-failed", "failed"];
  return { fault, message: `The server ${does} (RST_STREAM ${rstCode})` };
}

/** The size of headers as HTTP/2 counts it (RFC 9113 section 6.5.2). */
function headerBytes(headers: OutgoingHttpHeaders | undefined): number {
  const entries = Object.entries(headers ?? {});
  return entries.reduce((sum, [name, value]) => sum + name.length + String(value).length + 32, 0);
}

function inKilobytes(bytes: number): string {
  return `the request headers take up ${Math.ceil(bytes / 1000)} kB`;
}
