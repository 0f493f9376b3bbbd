import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import type { EndListener } from "../call/lifetime.ts";
import type { Call } from "../call.ts";
import { faultError } from "../faults/fault-error.ts";
import type { Answer, Outgoing } from "../protocol/answer.ts";
import type { Session } from "./session.ts";
import type { ConnectFailure, SessionPool, Waiter } from "./session-pool.ts";
import { streamFault } from "./stream-fault.ts";
import { receive, type StreamOwner, stopReceiving } from "./stream-owner.ts";

const NOTHING = new Uint8Array(0);

/** Sends one request over a session of the pool, and reads its answer. */
export function exchange(pool: SessionPool, call: Call, outgoing: Outgoing): Promise<Answer> {
  return new Promise((resolve, reject) => new Exchange(pool, call, outgoing, resolve, reject).start());
}

const NO_SESSION_FAULT = {
  timeout: "not-connected",
  final: "connection-rejected",
  closed: "closed",
} as const;

/** A class, not closures, because one is made for every call. */
class Exchange implements Waiter, StreamOwner, EndListener {
  readonly #pool: SessionPool;
  readonly #call: Call;
  readonly #outgoing: Outgoing;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: unknown) => void;
  #session: Session | undefined;
  #stream: ClientHttp2Stream | undefined;
  #headers: Answer["headers"] | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  #body: Uint8Array = NOTHING;
  /** All parts of the body, if there are several. */
  #parts: Uint8Array[] | undefined;
  #size = 0;
  /** The server has ended the stream, having said all that it had to say. */
  #whole = false;

  constructor(
    pool: SessionPool,
    call: Call,
    outgoing: Outgoing,
    resolve: (answer: Answer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#pool = pool;
    this.#call = call;
    this.#outgoing = outgoing;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const { lifetime } = this.#call;
    if (lifetime.ended !== undefined) {
      this.#reject(lifetime.ended);
    } else {
      lifetime.onEnd(this);
      this.#pool.acquire(this);
    }
  }

  onNoSession({ reason, message, cause }: ConnectFailure): void {
    this.#fail(faultError(NO_SESSION_FAULT[reason], message, { cause }));
  }

  onSession(session: Session): void {
    this.#session = session;
    try {
      const stream = session.request(this.#outgoing.headers());
      this.#stream = stream;
      this.#call.progress.sent = true;
      receive(stream, this, this.#outgoing.wantsTrailers);
      stream.end(this.#outgoing.body);
    } catch (error) {
      this.#fail(error);
    }
  }

  onResponse(headers: Answer["headers"]): void {
    this.#headers = headers;
    this.#session?.heard();
    this.#succeedIfComplete();
  }

  onTrailers(trailers: IncomingHttpHeaders): void {
    this.#trailers = trailers;
    this.#succeedIfComplete();
  }

  onData(chunk: Uint8Array): void {
    const { readMaxBytes, envelopeBytes } = this.#outgoing;
    const first = this.#size === 0;
    this.#session?.heard();
    this.#size += chunk.length;
    if (this.#size > readMaxBytes + envelopeBytes) {
      this.#fail(faultError("response-too-large", `The answer is larger than ${readMaxBytes} bytes`));
      this.#cancel();
    } else if (first) {
      this.#body = chunk;
    } else {
      this.#parts ??= [this.#body];
      this.#parts.push(chunk);
    }
  }

  onWhole(): void {
    this.#whole = true;
    this.#succeedIfComplete();
  }

  onClose(): void {
    if (this.#session === undefined || this.#stream === undefined) return;
    if (this.#whole && this.#headers !== undefined) {
      this.#succeed(this.#headers);
    } else {
      const { fault, message } = streamFault(this.#stream, this.#session, this.#headers !== undefined);
      this.#fail(faultError(fault, message, { connectionHadWorked: this.#session.hasAnswered() }));
    }
  }

  onLifetimeEnd(): void {
    if (this.#stream === undefined) this.#pool.release(this);
    else this.#cancel();
    this.#fail(this.#call.lifetime.ended);
  }

  /** A complete answer is not kept waiting until its stream is cleared away. */
  #succeedIfComplete(): void {
    if (!this.#whole || this.#headers === undefined) return;
    // Without trailers a gRPC answer has its status in the headers, or what is wrong shows when the stream is
    // closed.
    const missing = this.#outgoing.wantsTrailers && this.#trailers === undefined;
    if (!missing || this.#headers["grpc-status"] !== undefined) this.#succeed(this.#headers);
  }

  #succeed(headers: Answer["headers"]): void {
    this.#settle();
    // Nobody will read the rest of a request that is answered already; it would hold its stream for ever.
    if (this.#stream?.writableFinished === false) this.#cancel();
    const body = this.#parts === undefined ? this.#body : Buffer.concat(this.#parts, this.#size);
    this.#resolve({ headers, body, trailers: this.#trailers });
  }

  #fail(error: unknown): void {
    this.#settle();
    this.#reject(error);
  }

  #cancel(): void {
    this.#stream?.close(constants.NGHTTP2_CANCEL);
  }

  #settle(): void {
    if (this.#stream !== undefined) stopReceiving(this.#stream);
    this.#call.lifetime.offEnd(this);
  }
}
