import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from "node:http2";
import { Readable } from "node:stream";
import { type HttpResponse, MAX_HTTP_BYTES } from "../../shared/http-client.ts";
import { faultError } from "../faults/failure.ts";
import type { TrackedHttpRequest } from "../network.ts";
import { RESERVED_HEADERS } from "../protocol/request-headers.ts";
import type { EncodedUnaryRequest, RawResponse } from "../protocol/wire-format.ts";
import { toHeaders } from "../protocol/wire-format.ts";
import { QueuedRequest } from "./queued-request.ts";
import type { Session } from "./session.ts";
import type { SessionPool } from "./session-pool.ts";
import { describeStreamFault } from "./stream-fault.ts";

/** Sends one request over a session of the pool, and reads its response. */
export function sendRequest(pool: SessionPool, request: EncodedUnaryRequest): Promise<RawResponse> {
  return new Promise((resolve, reject) => new Http2Request(pool, request, resolve, reject).start());
}

const NOTHING = new Uint8Array(0);

/** A class, not closures, because one is made for every call. */
class Http2Request extends QueuedRequest<EncodedUnaryRequest, RawResponse> {
  #stream: OwnedStream | undefined;
  #sentHeaders: OutgoingHttpHeaders | undefined;
  #headers: RawResponse["headers"] | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  #body: Uint8Array = NOTHING;
  /** All parts of the body, if there are several. */
  #parts: Uint8Array[] | undefined;
  #size = 0;
  /** The server has ended the stream, having said all that it had to say. */
  #ended = false;

  get idempotent(): boolean {
    return this.request.idempotent;
  }

  protected send(session: Session): void {
    const headers = this.request.headers();
    const stream: OwnedStream = session.open(this, headers);
    this.#stream = stream;
    this.#sentHeaders = headers;
    this.request.progress.sent = true;
    receive(stream, this, this.request.wantsTrailers);
    stream.end(this.request.body);
  }

  onResponse(headers: RawResponse["headers"]): void {
    this.#headers = headers;
    this.session?.heard();
    this.#succeedIfComplete();
  }

  onTrailers(trailers: IncomingHttpHeaders): void {
    this.#trailers = trailers;
    this.#succeedIfComplete();
  }

  onData(chunk: Uint8Array): void {
    const { readMaxBytes, envelopeBytes } = this.request;
    const first = this.#size === 0;
    this.session?.heard();
    this.#size += chunk.length;
    if (this.#size > readMaxBytes + envelopeBytes) {
      this.fail(faultError("response-too-large", `The response is larger than ${readMaxBytes} bytes`));
      this.cancel();
    } else if (first) {
      this.#body = chunk;
    } else {
      this.#parts ??= [this.#body];
      this.#parts.push(chunk);
    }
  }

  /** The server has ended the stream. Headers or trailers may still be on their way through the event loop. */
  onStreamEnd(): void {
    this.#ended = true;
    this.#succeedIfComplete();
  }

  /** Nothing more will come, for whatever reason. */
  onStreamClose(): void {
    if (this.session === undefined || this.#stream === undefined) return;
    if (this.#ended && this.#headers !== undefined) {
      this.#succeed(this.#headers);
    } else {
      const { id, rstCode } = this.#stream;
      const responded = this.#headers !== undefined;
      this.fail(describeStreamFault(this.session, { id, rstCode, responded, sent: this.#sentHeaders }));
    }
  }

  /** A complete response is not kept waiting until its stream is cleared away. */
  #succeedIfComplete(): void {
    if (!this.#ended || this.#headers === undefined) return;
    // Without trailers a gRPC response has its status in the headers, or what is wrong shows when the stream is
    // closed.
    const missing = this.request.wantsTrailers && this.#trailers === undefined;
    if (!missing || this.#headers["grpc-status"] !== undefined) this.#succeed(this.#headers);
  }

  #succeed(headers: RawResponse["headers"]): void {
    this.settle();
    // Nobody will read the rest of a request that has its response; it would hold its stream for ever.
    if (this.#stream?.writableFinished === false) this.cancel();
    const body = this.#parts === undefined ? this.#body : Buffer.concat(this.#parts, this.#size);
    this.resolve({ headers, body, trailers: this.#trailers });
  }

  protected cancel(): void {
    this.#stream?.close(constants.NGHTTP2_CANCEL);
  }

  protected settle(): void {
    this.session?.settled(this);
    // A stream outlives its call by a while, and would keep alive with it all that the call holds.
    if (this.#stream !== undefined) this.#stream[owner] = undefined;
    this.request.context.offEnd(this);
  }
}

const owner: unique symbol = Symbol("owner");

type OwnedStream = ClientHttp2Stream & { [owner]?: Http2Request | undefined };

/**
 * Tells the request what comes in on its stream, with as little as possible between the two, because this is done
 * for every call. Listeners are shared functions. The body is taken as it is pushed, past the buffers of a readable
 * stream, whose end means less than it seems: `node:http2` also ends a stream, as if all were well, that the server
 * broke off by RST_STREAM with NO_ERROR, and a body cut short would pass for a complete one. Only in that case is
 * the stream already closed when its end is pushed.
 */
function receive(stream: OwnedStream, request: Http2Request, trailers: boolean): void {
  stream[owner] = request;
  stream.push = push;
  stream.on("response", onResponse);
  if (trailers) stream.on("trailers", onTrailers);
  stream.on("error", onError);
  stream.on("close", onClose);
  // Starts the flow.
  stream.read(0);
}

function push(this: OwnedStream, chunk: Uint8Array | null): boolean {
  if (chunk !== null) {
    this[owner]?.onData(chunk);
    return true;
  }
  if (!this.closed) this[owner]?.onStreamEnd();
  return Readable.prototype.push.call(this, null);
}

function onResponse(this: OwnedStream, headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
  this[owner]?.onResponse(headers);
}

function onTrailers(this: OwnedStream, trailers: IncomingHttpHeaders): void {
  this[owner]?.onTrailers(trailers);
}

/** What an error means is judged when the stream is closed, which follows. */
function onError(): void {}

function onClose(this: OwnedStream): void {
  this[owner]?.onStreamClose();
}

/** Sends one HTTP request over the sessions of the calls, and reads its response. */
export async function sendHttp2Request(
  pool: SessionPool,
  { request, context, progress }: TrackedHttpRequest,
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
