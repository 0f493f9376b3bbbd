import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { EncodedStreamRequest, RawResponse, StreamingResponse } from "../protocol/wire-format.ts";
import { QueuedRequest } from "./queued-request.ts";
import type { Session } from "./session.ts";
import type { SessionPool } from "./session-pool.ts";
import { describeStreamFault } from "./stream-fault.ts";

/** Sends one request over a session of the pool. Resolves with the headers of its response. */
export function openStream(pool: SessionPool, request: EncodedStreamRequest): Promise<StreamingResponse> {
  return new Promise((resolve, reject) => new Http2StreamRequest(pool, request, resolve, reject).start());
}

/** A streaming request from the queue to the close of its stream. Reading is paced by the flow control of HTTP/2. */
class Http2StreamRequest extends QueuedRequest<EncodedStreamRequest, StreamingResponse> {
  readonly #closed = Promise.withResolvers<void>();
  #headers: RawResponse["headers"] | undefined;
  #trailers: IncomingHttpHeaders | undefined;

  /** Once the response has begun, the request is not sent again. */
  get repeatable(): boolean {
    return this.request.repeatable && this.#headers === undefined;
  }

  protected cancel: () => void = () => {};
  protected settle: () => void = () => this.request.context.offEnd(this);

  protected send(session: Session): void {
    const sent = this.request.headers();
    this.#receive(session, session.open(this, sent), sent);
  }

  #receive(session: Session, stream: ClientHttp2Stream, sent: OutgoingHttpHeaders): void {
    const fault = () =>
      describeStreamFault(session, {
        id: stream.id,
        rstCode: stream.rstCode ?? 0,
        responded: this.#headers !== undefined,
        sent,
      });
    this.cancel = () => stream.close(constants.NGHTTP2_CANCEL);
    this.settle = () => {
      session.settled(this);
      this.request.context.offEnd(this);
    };
    this.request.progress.sent = true;
    stream.on("response", (headers) => {
      this.#headers = headers;
      session.heard();
      this.resolve(this.#toResponse({ session, stream, headers, fault }));
    });
    stream.on("trailers", (trailers) => {
      this.#trailers = trailers;
    });
    stream.on("close", () => {
      this.#closed.resolve();
      if (this.#headers === undefined) this.fail(fault());
      else this.settle();
    });
    stream.end(this.request.body);
  }

  #toResponse({ session, stream, headers, fault }: Responding): StreamingResponse {
    const self = this;
    return {
      headers,
      body: self.#read(session, stream, fault),
      get trailers() {
        return self.#trailers;
      },
      cutShort: fault,
    };
  }

  async *#read(session: Session, stream: ClientHttp2Stream, fault: () => Error): AsyncGenerator<Uint8Array> {
    const { context } = this.request;
    try {
      for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
        session.heard();
        yield chunk;
      }
      // The server will not read the rest of a request that it has responded to; the stream would stay open forever.
      if (stream.writableFinished) await this.#closed.promise;
    } catch {
      await this.#closed.promise;
      throw context.ended ?? fault();
    } finally {
      this.cancel();
    }
    if (context.ended !== undefined) throw context.ended;
  }
}

interface Responding {
  readonly session: Session;
  readonly stream: ClientHttp2Stream;
  readonly headers: RawResponse["headers"];
  readonly fault: () => Error;
}
