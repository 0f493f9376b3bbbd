import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { CallProgress } from "../call.ts";
import type { CallContext, EndListener } from "../context/call-context.ts";
import { NOT_LISTED } from "../context/indexed-list.ts";
import { faultError } from "../faults/fault-error.ts";
import type { RawResponse } from "../protocol/wire-format.ts";
import { NO_SESSION_FAULT, SUSPECT } from "./request.ts";
import type { QueueEntry } from "./request-queue.ts";
import type { Session, SessionRequest } from "./session.ts";
import type { ConnectFailure, PendingRequest, SessionPool } from "./session-pool.ts";
import { describeStreamFault } from "./stream-fault.ts";

/** A request for a stream, ready to be sent. */
export interface OutgoingStreamRequest {
  readonly context: CallContext;
  readonly progress: CallProgress;
  /** It may be sent twice, as long as there was no response. */
  readonly idempotent: boolean;
  readonly body: Uint8Array;
  /** Made when the request is sent, since one of them says how much time is left. */
  headers(): OutgoingHttpHeaders;
}

/** A response whose body comes as it is read, and no faster. */
export interface StreamingResponse {
  readonly headers: RawResponse["headers"];
  /** Throws where the stream breaks, and where its context ends. */
  readonly body: AsyncIterable<Uint8Array>;
  /** There once the body has ended. */
  readonly trailers: IncomingHttpHeaders | undefined;
  /** The error of a stream that ended before it should. */
  cutShort(): Error;
}

/** Sends one request over a session of the pool. Resolves with the headers of its response. */
export function openStream(pool: SessionPool, outgoing: OutgoingStreamRequest): Promise<StreamingResponse> {
  return new Promise((resolve, reject) => new Http2StreamRequest(pool, outgoing, resolve, reject).start());
}

/** From its place in the queue to the close of its stream. What is read, it leaves to the flow control of HTTP/2. */
class Http2StreamRequest implements PendingRequest, SessionRequest, EndListener {
  index: number = NOT_LISTED;
  readonly #pool: SessionPool;
  readonly #outgoing: OutgoingStreamRequest;
  readonly #resolve: (response: StreamingResponse) => void;
  readonly #reject: (error: unknown) => void;
  readonly #closed = Promise.withResolvers<void>();
  #queued: QueueEntry<PendingRequest> | undefined;
  #headers: RawResponse["headers"] | undefined;
  #trailers: IncomingHttpHeaders | undefined;

  constructor(
    pool: SessionPool,
    outgoing: OutgoingStreamRequest,
    resolve: (response: StreamingResponse) => void,
    reject: (error: unknown) => void,
  ) {
    this.#pool = pool;
    this.#outgoing = outgoing;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** What has begun to respond is not asked a second time. */
  get idempotent(): boolean {
    return this.#outgoing.idempotent && this.#headers === undefined;
  }

  start(): void {
    const { context } = this.#outgoing;
    if (context.ended !== undefined) {
      this.#reject(context.ended);
    } else {
      context.onEnd(this);
      this.#queued = this.#pool.acquire(this);
    }
  }

  #cancel = (): void => {};
  #settle = (): void => this.#outgoing.context.offEnd(this);

  onNoSession({ reason, message, cause }: ConnectFailure): void {
    this.#queued = undefined;
    this.#fail(faultError(NO_SESSION_FAULT[reason], message, { cause }));
  }

  onSession(session: Session): void {
    this.#queued = undefined;
    try {
      const sent = this.#outgoing.headers();
      this.#receive(session, session.open(this, sent), sent);
    } catch (error) {
      this.#fail(error);
    }
  }

  onSuspect(): void {
    this.#fail(faultError("ping-timeout", SUSPECT));
    this.#cancel();
  }

  onContextEnd(): void {
    if (this.#queued !== undefined) this.#pool.release(this.#queued);
    this.#fail(this.#outgoing.context.ended);
    this.#cancel();
  }

  #fail(error: unknown): void {
    this.#settle();
    this.#reject(error);
  }

  #receive(session: Session, stream: ClientHttp2Stream, sent: OutgoingHttpHeaders): void {
    const fault = () =>
      describeStreamFault(session, {
        id: stream.id,
        rstCode: stream.rstCode ?? 0,
        responded: this.#headers !== undefined,
        sent,
      });
    this.#cancel = () => stream.close(constants.NGHTTP2_CANCEL);
    this.#settle = () => {
      session.settled(this);
      this.#outgoing.context.offEnd(this);
    };
    this.#outgoing.progress.sent = true;
    stream.on("response", (headers) => {
      this.#headers = headers;
      session.heard();
      this.#resolve(this.#toResponse({ session, stream, headers, fault }));
    });
    stream.on("trailers", (trailers) => {
      this.#trailers = trailers;
    });
    // What an error means is judged when the stream is closed, which follows.
    stream.on("error", () => {});
    stream.on("close", () => {
      this.#closed.resolve();
      if (this.#headers === undefined) this.#fail(fault());
      else this.#settle();
    });
    stream.end(this.#outgoing.body);
  }

  #toResponse({ session, stream, headers, fault }: Responding): StreamingResponse {
    const request = this;
    return {
      headers,
      body: request.#read(session, stream, fault),
      get trailers() {
        return request.#trailers;
      },
      cutShort: fault,
    };
  }

  async *#read(session: Session, stream: ClientHttp2Stream, fault: () => Error): AsyncGenerator<Uint8Array> {
    const { context } = this.#outgoing;
    try {
      for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
        session.heard();
        yield chunk;
      }
      // Nobody will read the rest of a request that has its response; it would hold its stream for ever.
      if (stream.writableFinished) await this.#closed.promise;
    } catch {
      await this.#closed.promise;
      throw context.ended ?? fault();
    } finally {
      this.#cancel();
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
