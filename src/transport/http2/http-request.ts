import { type HttpResponse, MAX_HTTP_BYTES } from "../../shared/http-client.ts";
import type { OutgoingHttpRequest } from "../network.ts";
import { toHeaders } from "../protocol/metadata.ts";
import { RESERVED_HEADERS } from "../protocol/request-headers.ts";
import { sendRequest } from "./request.ts";
import type { SessionPool } from "./session-pool.ts";

/** Sends one HTTP request over the sessions of the calls, and reads its response. */
export async function sendHttp2Request(
  pool: SessionPool,
  { request, context, progress }: OutgoingHttpRequest,
): Promise<HttpResponse> {
  const { method, url, headers, body = "" } = request;
  const { protocol, host, pathname, search } = new URL(url);
  const own = Object.entries(headers ?? {}).filter(([name]) => !RESERVED_HEADERS.has(name));
  const response = await sendRequest(pool, {
    context,
    progress,
    idempotent: true,
    body: Buffer.from(body),
    readMaxBytes: MAX_HTTP_BYTES,
    envelopeBytes: 0,
    wantsTrailers: false,
    headers: () => ({
      ":method": method,
      ":scheme": protocol.slice(0, -1),
      ":authority": host,
      ":path": pathname + search,
      ...Object.fromEntries(own),
    }),
  });
  return {
    status: response.headers[":status"] ?? 0,
    headers: toHeaders(response.headers),
    text: Buffer.from(response.body).toString("utf8"),
  };
}
