import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from "node:http2";
import { Readable } from "node:stream";
import { faultError } from "../faults.ts";
import type { EncodedUnaryRequest, RawResponse } from "../protocol/wire-format.ts";
import { QueuedRequest } from "./queued-request.ts";
import type { Session } from "./session.ts";
import type { SessionPool } from "./session-pool.ts";
import { describeStreamFault } from "./stream-fault.ts";

/** Sends one request over a session of the pool, and reads its response. */
export function sendRequest(pool: SessionPool, request: EncodedUnaryRequest): Promise<RawResponse> {
  return new Promise((resolve, reject) => new Http2Request(pool, request, resolve, reject).start());
}

const NOTHING = new Uint8Array(0);

/** A class rather than closures, because one is created for every call. */
class Http2Request extends QueuedRequest<EncodedUnaryRequest, RawResponse> {
  #stream: OwnedStream | undefined;
  #sentHeaders: OutgoingHttpHeaders | undefined;
  #headers: RawResponse["headers"] | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  #body: Uint8Array = NOTHING;
  /** All chunks of the body, if there are several. */
  #parts: Uint8Array[] | undefined;
  #size = 0;
  /** The server has ended the stream normally. */
  #ended = false;

  get repeatable(): boolean {
    return this.request.repeatable;
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

  /** The server has ended the stream. The events for headers or trailers may still be pending. */
  onStreamEnd(): void {
    this.#ended = true;
    this.#succeedIfComplete();
  }

  /** The stream is closed, for whatever reason. */
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

  /** Resolves a complete response without waiting for the stream to close. */
  #succeedIfComplete(): void {
    if (!this.#ended || this.#headers === undefined) return;
    // A gRPC response without trailers has its status in the headers; if not, the stream's closing reveals the problem.
    const missing = this.request.wantsTrailers && this.#trailers === undefined;
    if (!missing || this.#headers["grpc-status"] !== undefined) this.#succeed(this.#headers);
  }

  #succeed(headers: RawResponse["headers"]): void {
    this.settle();
    // The server will not read the rest of a request that it has responded to; the stream would stay open forever.
    if (this.#stream?.writableFinished === false) this.cancel();
    const body = this.#parts === undefined ? this.#body : Buffer.concat(this.#parts, this.#size);
    this.resolve({ headers, body, trailers: this.#trailers });
  }

  protected cancel(): void {
    this.#stream?.close(constants.NGHTTP2_CANCEL);
  }

  protected settle(): void {
    this.session?.settled(this);
    // The stream stays alive for a while after the call, and would keep everything alive that the call refers to.
    if (this.#stream !== undefined) this.#stream[owner] = undefined;
    this.request.context.offEnd(this);
  }
}

const owner: unique symbol = Symbol("owner");

type OwnedStream = ClientHttp2Stream & { [owner]?: Http2Request | undefined };

/**
 * Passes on what arrives on a stream to its request, with little overhead, because this happens for every call. Listeners
 * are shared functions. The body is taken as it is pushed, bypassing the buffers of the readable stream. That also
 * distinguishes two ends that look the same in `node:http2`: after RST_STREAM with NO_ERROR it ends a stream as if all were well,
 * and a truncated body would pass for a complete one. Only in that case is the stream already closed when its end is
 * pushed.
 */
function receive(stream: OwnedStream, request: Http2Request, trailers: boolean): void {
  stream[owner] = request;
  stream.push = push;
  stream.on("response", onResponse);
  if (trailers) stream.on("trailers", onTrailers);
  stream.on("close", onClose);
  // Starts the flow of data.
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

function onClose(this: OwnedStream): void {
  this[owner]?.onStreamClose();
}
