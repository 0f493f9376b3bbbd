import type { OutgoingHttpHeaders } from "node:http2";
import { methodName } from "../../descriptor/method-name.ts";
import type { HeaderFields } from "../../shared/fixed-headers.ts";
import type { Call } from "../call.ts";
import { GZIP } from "./payload.ts";
import type { UnaryOptions, WireFormat } from "./wire-format.ts";

/**
 * How much more time the server is given than the call has. The client must end the call first, because Zitadel's errors at
 * its own deadline are misleading.
 */
const DEADLINE_SLACK_MS = 1000;
/** Rounded so that most calls send the same value, which HTTP/2 compresses to a byte. */
const ROUND_MS = 100;

/** Headers of the connection or the protocol: HTTP/2 forbids them, or callers may not set them. */
export const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Returns a function that creates the headers of a request, when it is sent. */
export function createRequestHeaders(
  format: Pick<
    WireFormat,
    "headers" | "encodingHeader" | "acceptEncodingHeader" | "timeoutHeader" | "timeout"
  >,
  { origin, headers: common }: Pick<UnaryOptions, "origin" | "headers">,
): (call: Call, compressed: boolean, acceptCompression: boolean) => OutgoingHttpHeaders {
  const { protocol, host } = new URL(origin);
  const reserved = new Set([...RESERVED_HEADERS, ...Object.keys(format.headers)]);
  const template: OutgoingHttpHeaders = {
    ":method": "POST",
    ":scheme": protocol.slice(0, -1),
    ":authority": host,
    ":path": "/",
  };
  addOwn(template, common, reserved);
  Object.assign(template, format.headers);
  return ({ method, header, authorization, context }, compressed, acceptCompression) => {
    const headers: OutgoingHttpHeaders = { ...template };
    headers[":path"] = `/${methodName(method)}`;
    if (authorization !== undefined) headers["authorization"] = authorization;
    if (header !== undefined) addOwn(headers, header, reserved);
    if (compressed) headers[format.encodingHeader] = GZIP;
    if (acceptCompression) headers[format.acceptEncodingHeader] = GZIP;
    if (context.expiresAt !== Number.POSITIVE_INFINITY) {
      const ms = Math.max(0, Math.ceil(context.remainingMs() / ROUND_MS)) * ROUND_MS + DEADLINE_SLACK_MS;
      headers[format.timeoutHeader] = format.timeout(ms);
    }
    return headers;
  };
}

function addOwn(headers: OutgoingHttpHeaders, own: HeaderFields, reserved: ReadonlySet<string>): void {
  for (const [name, value] of own) {
    if (!reserved.has(name)) headers[name] = value;
  }
}
