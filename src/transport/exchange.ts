import type {
  ClientHttp2Stream,
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
  OutgoingHttpHeaders,
} from "node:http2";
import { constants } from "node:http2";
import type { Call } from "./call.ts";
import { markWhole, wasWhole } from "./end-of-stream.ts";
import { faultError } from "./fault-error.ts";
import type { Session } from "./session.ts";
import type { ConnectFailure, SessionPool, Waiter } from "./session-pool.ts";
import { streamFault } from "./stream-fault.ts";

/** What came back for a request, whole. */
export interface Answer {
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader;
  readonly body: Uint8Array;
  readonly trailers: IncomingHttpHeaders | undefined;
}

/** A request, ready to be sent. */
export interface Outgoing {
  readonly headers: OutgoingHttpHeaders;
  readonly body: Uint8Array;
  /** An answer with a larger body is refused. */
  readonly readMaxBytes: number;
}

const NOTHING = new Uint8Array(0);

/** Sends one request over a session of the pool, and reads its answer. */
export function exchange(pool: SessionPool, call: Call, prepare: () => Outgoing): Promise<Answer> {
  return new Promise((resolve, reject) => new Exchange(pool, call, prepare, resolve, reject).start());
}

const NO_SESSION_FAULT = {
  timeout: "not-connected",
  final: "connection-rejected",
  closed: "closed",
} as const;

/** A class, not closures, because one is made for every call. */
class Exchange implements Waiter {
  readonly #pool: SessionPool;
  readonly #call: Call;
  readonly #prepare: () => Outgoing;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: unknown) => void;
  #session: Session | undefined;
  #stream: ClientHttp2Stream | undefined;
  #readMaxBytes = 0;
  #headers: Answer["headers"] | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #settled = false;

  constructor(
    pool: SessionPool,
    call: Call,
    prepare: () => Outgoing,
    resolve: (answer: Answer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#pool = pool;
    this.#call = call;
    this.#prepare = prepare;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const { lifetime } = this.#call;
    if (lifetime.ended !== undefined) {
      this.#reject(lifetime.ended);
    } else {
      lifetime.onEnd(this.#onLifetimeEnd);
      this.#pool.acquire(this);
    }
  }

  onNoSession({ reason, message, cause }: ConnectFailure): void {
    this.#fail(faultError(NO_SESSION_FAULT[reason], message, { cause }));
  }

  onSession(session: Session): void {
    this.#session = session;
    try {
      const { headers, body, readMaxBytes } = this.#prepare();
      this.#readMaxBytes = readMaxBytes;
      this.#send(session.request(headers), body);
    } catch (error) {
      this.#fail(error);
    }
  }

  #send(stream: ClientHttp2Stream, body: Uint8Array): void {
    this.#stream = stream;
    this.#call.progress.sent = true;
    markWhole(stream);
    stream.on("response", this.#onResponse);
    stream.on("data", this.#onData);
    stream.on("trailers", this.#onTrailers);
    stream.on("end", this.#onEnd);
    stream.on("error", this.#onError);
    stream.on("close", this.#onClose);
    stream.end(body);
  }

  readonly #onResponse = (headers: Answer["headers"]): void => {
    this.#headers = headers;
    this.#session?.heard();
  };

  readonly #onTrailers = (trailers: IncomingHttpHeaders): void => {
    this.#trailers = trailers;
  };

  readonly #onData = (chunk: Uint8Array): void => {
    this.#size += chunk.length;
    if (this.#size <= this.#readMaxBytes) return void this.#chunks.push(chunk);
    if (this.#settled) return;
    this.#fail(faultError("answer-too-large", `The answer is larger than ${this.#readMaxBytes} bytes`));
    this.#cancel();
  };

  /** A whole answer is not kept waiting until its stream is cleared away. */
  readonly #onEnd = (): void => {
    if (this.#headers === undefined || this.#settled || !wasWhole(this.#stream)) return;
    this.#settle();
    const [first, second] = this.#chunks;
    const body = second === undefined ? (first ?? NOTHING) : Buffer.concat(this.#chunks, this.#size);
    this.#resolve({ headers: this.#headers, body, trailers: this.#trailers });
  };

  /** What an error means is judged when the stream is closed, which follows. */
  readonly #onError = (): void => {};

  readonly #onClose = (): void => {
    if (this.#settled || this.#session === undefined || this.#stream === undefined) return;
    const { fault, message } = streamFault(this.#stream, this.#session, this.#headers !== undefined);
    this.#fail(faultError(fault, message, { connectionHadWorked: this.#session.hasAnswered() }));
  };

  readonly #onLifetimeEnd = (): void => {
    if (this.#settled) return;
    if (this.#stream === undefined) this.#pool.release(this);
    else this.#cancel();
    this.#fail(this.#call.lifetime.ended);
  };

  #cancel(): void {
    this.#stream?.close(constants.NGHTTP2_CANCEL);
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(error);
  }

  #settle(): void {
    this.#settled = true;
    this.#call.lifetime.offEnd(this.#onLifetimeEnd);
  }
}
