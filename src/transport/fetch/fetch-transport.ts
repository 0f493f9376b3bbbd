import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import { type HttpResponse, MAX_HTTP_BYTES } from "../../shared/http-client.ts";
import { checkOptions, requireFunction, requireKnown, requireObject } from "../../shared/invalid-option.ts";
import { bestOverFetch, createFetchRouter } from "../call/routing.ts";
import type { CallContext } from "../context/call-context.ts";
import { faultError } from "../faults.ts";
import type { Network, Protocol, TrackedHttpRequest } from "../network.ts";
import { type Carrier, createCalls, readAll } from "../protocol/calls.ts";
import { connectFormats } from "../protocol/connect.ts";
import { grpcWebFormats } from "../protocol/grpc.ts";
import { RESERVED_HEADERS } from "../protocol/request-headers.ts";
import type {
  EncodedRequest,
  EncodedStreamRequest,
  EncodedUnaryRequest,
  RawResponse,
  StreamingResponse,
  UnaryOptions,
} from "../protocol/wire-format.ts";
import { bodyFault, type Fetch, FetchSender, type FetchSenderOptions } from "./fetch-sender.ts";

/** Options of {@link fetchTransport}. */
export interface FetchTransportOptions {
  /**
   * Sends the requests, with the signature of `fetch`: that of a service binding, or a wrapper. It must not follow
   * redirects, which would send the token along. Default: the global `fetch`.
   */
  readonly fetch?: Fetch | undefined;
}

/** What {@link fetchTransport} returns, for the option `transport`. */
export interface FetchTransport {
  /** Called by the client. */
  createNetwork(options: FetchNetworkOptions): Network;
}

/**
 * A transport that sends everything with `fetch`, including requests for tokens: for platforms without `node:http2`. It is the
 * default in Cloudflare Workers. Deadlines, retries, errors and authentication work as with any transport; docs/edge.md
 * says what `fetch` cannot do.
 *
 * @example
 * ```ts
 * import { createZitadel, fetchTransport } from "zitadel-connect";
 *
 * const zitadel = createZitadel({ url: "https://acme.zitadel.cloud", transport: fetchTransport() });
 * ```
 *
 * @throws TypeError for options that cannot be used
 */
export function fetchTransport(options: FetchTransportOptions = {}): FetchTransport {
  checkOptions("fetchTransport()", () => {
    requireObject("its argument", options, "{ fetch }");
    requireKnown("", options, { fetch: true });
    requireFunction("fetch", options.fetch);
  });
  // Looked up for each request, since instrumentation replaces it.
  const send = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  return { createNetwork: (network) => createFetchNetwork(send, network) };
}

/** Whether a transport was made by {@link fetchTransport}, in this copy of the package or another. */
export function isFetchTransport(transport: unknown): transport is FetchTransport {
  return typeof (transport as Partial<FetchTransport> | null | undefined)?.createNetwork === "function";
}

export interface FetchNetworkOptions extends FetchSenderOptions, UnaryOptions {
  readonly protocol: Protocol;
}

/**
 * The network over `fetch`: Connect and gRPC-web, since `fetch` does not expose HTTP trailers. The platform handles
 * connections and compression.
 */
export function createFetchNetwork(fetch: Fetch, options: FetchNetworkOptions): Network {
  const sender = new FetchSender(fetch, options);
  const { origin } = options;
  const carrier: Carrier = {
    send: (request) => sendCall(sender, origin, request),
    open: (request) => openStream(sender, origin, request),
  };
  // Requests are not compressed; `fetch` negotiates and decompresses responses itself.
  const plain = { ...options, compressMinBytes: Number.POSITIVE_INFINITY };
  const calls = {
    connect: createCalls(carrier, connectFormats, plain),
    "grpc-web": createCalls(carrier, grpcWebFormats, plain),
  };
  return {
    send: createFetchRouter(calls, options.protocol, options.onEvent),
    sendHttp: (tracked) => sendHttp(sender, tracked),
    firstProtocol: (service) => (options.protocol === "auto" ? bestOverFetch(service) : options.protocol),
    warmUp() {},
    whyWaiting: () => sender.whyWaiting(),
    close() {},
  };
}

async function sendCall(
  sender: FetchSender,
  origin: string,
  request: EncodedUnaryRequest,
): Promise<RawResponse> {
  const { context, readMaxBytes, envelopeBytes } = request;
  const response = await post(sender, origin, request);
  const body = await readAll(readChunks(response, context), readMaxBytes + envelopeBytes);
  return { headers: toRawHeaders(response), body, trailers: undefined };
}

async function openStream(
  sender: FetchSender,
  origin: string,
  request: EncodedStreamRequest,
): Promise<StreamingResponse> {
  const response = await post(sender, origin, request);
  return {
    headers: toRawHeaders(response),
    body: readChunks(response, request.context),
    trailers: undefined,
    cutShort: () => faultError("truncated-response", "The stream ended without its final frame"),
  };
}

function post(sender: FetchSender, origin: string, request: EncodedRequest): Promise<Response> {
  // Never shared memory: it was encoded or framed here.
  const body = request.body as Uint8Array<ArrayBuffer>;
  return sender.send(() => {
    const raw = request.headers();
    return { url: `${origin}${raw[":path"]}`, method: "POST", headers: toPlain(raw), body };
  }, request);
}

/** Removes pseudo headers and those that the platform sets. */
function toPlain(raw: OutgoingHttpHeaders): Record<string, string> {
  const own = Object.entries(raw).filter(([name]) => !name.startsWith(":") && !RESERVED_HEADERS.has(name));
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]));
}

async function sendHttp(
  sender: FetchSender,
  { request, context, progress }: TrackedHttpRequest,
): Promise<HttpResponse> {
  const { method, url, headers = {}, body } = request;
  const plain = { url, method, headers: toPlain(headers), ...(body === undefined ? {} : { body }) };
  const response = await sender.send(() => plain, { context, progress });
  const bytes = await readAll(readChunks(response, context), MAX_HTTP_BYTES);
  return { status: response.status, headers: response.headers, text: bytes.toString("utf8") };
}

/** Headers of a response in the form that protocols read. `fetch` has decompressed the body, but keeps the header. */
export function toRawHeaders({ status, headers }: Response): RawResponse["headers"] {
  const raw: IncomingHttpHeaders = {};
  for (const [name, value] of headers) if (name !== "content-encoding") raw[name] = value;
  return Object.assign(raw, { ":status": status });
}

/** The body of a response as it arrives. The request ends when reading stops. */
export async function* readChunks({ body }: Response, context: CallContext): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    throw context.ended ?? bodyFault(error);
  }
  if (context.ended !== undefined) throw context.ended;
}
