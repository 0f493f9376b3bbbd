import type { OutgoingHttpHeaders } from "node:http2";
import { type HttpResponse, MAX_HTTP_BYTES } from "../../shared/http-client.ts";
import { createFetchRouter } from "../call/routing.ts";
import { faultError } from "../faults/fault-error.ts";
import type { Network, OutgoingHttpRequest } from "../network.ts";
import { type Carrier, createCalls, readAll } from "../protocol/calls.ts";
import { connectFormats } from "../protocol/connect.ts";
import { grpcWebFormats } from "../protocol/grpc.ts";
import type {
  Outgoing,
  OutgoingRequest,
  OutgoingStreamRequest,
  StreamingResponse,
} from "../protocol/outgoing.ts";
import { bestOverFetch, type Protocol } from "../protocol/protocol.ts";
import { RESERVED_HEADERS } from "../protocol/request-headers.ts";
import type { RawResponse, UnaryOptions } from "../protocol/wire-format.ts";
import { readChunks, toRawHeaders } from "./fetch-response.ts";
import { type Fetch, FetchSender, type FetchSenderOptions } from "./fetch-sender.ts";

export interface FetchNetworkOptions extends FetchSenderOptions, UnaryOptions {
  readonly protocol: Protocol;
}

/**
 * The network of a platform that has `fetch`: Connect and gRPC-web, since HTTP trailers do not come through. Connections
 * and compression are the platform's.
 */
export function createFetchNetwork(fetch: Fetch, options: FetchNetworkOptions): Network {
  const sender = new FetchSender(fetch, options);
  const { origin } = options;
  const carrier: Carrier = {
    send: (outgoing) => sendCall(sender, origin, outgoing),
    open: (outgoing) => openStream(sender, origin, outgoing),
  };
  // What is sent compressed would have to be said; what comes so, `fetch` decompresses.
  const plain = { ...options, compressMinBytes: Number.POSITIVE_INFINITY };
  const calls = {
    connect: createCalls(carrier, connectFormats, plain),
    "grpc-web": createCalls(carrier, grpcWebFormats, plain),
  };
  return {
    send: createFetchRouter(calls, options.protocol, options.onEvent),
    exchange: (outgoing) => exchange(sender, outgoing),
    firstProtocol: (service) => (options.protocol === "auto" ? bestOverFetch(service) : options.protocol),
    warmUp() {},
    whyWaiting: () => sender.whyWaiting(),
    close() {},
  };
}

async function sendCall(
  sender: FetchSender,
  origin: string,
  outgoing: OutgoingRequest,
): Promise<RawResponse> {
  const { context, readMaxBytes, envelopeBytes } = outgoing;
  const response = await post(sender, origin, outgoing);
  const body = await readAll(readChunks(response, context), readMaxBytes + envelopeBytes);
  return { headers: toRawHeaders(response), body, trailers: undefined };
}

async function openStream(
  sender: FetchSender,
  origin: string,
  outgoing: OutgoingStreamRequest,
): Promise<StreamingResponse> {
  const response = await post(sender, origin, outgoing);
  return {
    headers: toRawHeaders(response),
    body: readChunks(response, outgoing.context),
    trailers: undefined,
    cutShort: () => faultError("truncated-response", "The stream ended before its end was told"),
  };
}

function post(sender: FetchSender, origin: string, outgoing: Outgoing): Promise<Response> {
  // Of no shared memory: it was encoded or framed here.
  const body = outgoing.body as Uint8Array<ArrayBuffer>;
  return sender.send(() => {
    const raw = outgoing.headers();
    return { url: `${origin}${raw[":path"]}`, method: "POST", headers: toPlain(raw), body };
  }, outgoing);
}

/** Without pseudo headers and those that are the platform's. */
function toPlain(raw: OutgoingHttpHeaders): Record<string, string> {
  const own = Object.entries(raw).filter(([name]) => !name.startsWith(":") && !RESERVED_HEADERS.has(name));
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]));
}

async function exchange(
  sender: FetchSender,
  { request, context, progress }: OutgoingHttpRequest,
): Promise<HttpResponse> {
  const { method, url, headers = {}, body } = request;
  const plain = { url, method, headers: toPlain(headers), ...(body === undefined ? {} : { body }) };
  const response = await sender.send(() => plain, { context, progress });
  const bytes = await readAll(readChunks(response, context), MAX_HTTP_BYTES);
  return { status: response.status, headers: response.headers, text: bytes.toString("utf8") };
}
