import type { EndListener } from "../context/call-context.ts";
import { NOT_LISTED } from "../context/indexed-list.ts";
import { faultError } from "../faults.ts";
import type { EncodedRequest } from "../protocol/wire-format.ts";
import type { ConnectFailure } from "./outage.ts";
import type { QueueEntry } from "./request-queue.ts";
import type { Session, SessionRequest } from "./session.ts";
import type { PendingRequest, SessionPool } from "./session-pool.ts";

/** The fault of a request that got no session. */
const NO_SESSION_FAULT = {
  timeout: "not-connected",
  final: "connection-rejected",
  closed: "closed",
} as const;

const SUSPECT = "The server was late in responding to a ping, so the call was abandoned on this connection";

/** A request on its way from the queue to a session, or to the end of its context. */
export abstract class QueuedRequest<O extends EncodedRequest, R>
  implements PendingRequest, SessionRequest, EndListener
{
  index: number = NOT_LISTED;
  protected readonly request: O;
  protected readonly resolve: (response: R) => void;
  /** Set once the request is sent. */
  protected session: Session | undefined;
  readonly #pool: SessionPool;
  readonly #reject: (error: unknown) => void;
  #queued: QueueEntry<PendingRequest> | undefined;

  constructor(
    pool: SessionPool,
    request: O,
    resolve: (response: R) => void,
    reject: (error: unknown) => void,
  ) {
    this.#pool = pool;
    this.request = request;
    this.resolve = resolve;
    this.#reject = reject;
  }

  abstract get repeatable(): boolean;
  /** Sends the request, which fails with whatever this throws. */
  protected abstract send(session: Session): void;
  /** Cancels the stream, if there is one. */
  protected abstract cancel(): void;
  /** Removes the request from its session and context. */
  protected abstract settle(): void;

  start(): void {
    const { context } = this.request;
    if (context.ended !== undefined) {
      this.#reject(context.ended);
    } else {
      context.onEnd(this);
      this.#queued = this.#pool.acquire(this);
    }
  }

  onNoSession({ reason, message, cause }: ConnectFailure): void {
    this.#queued = undefined;
    this.fail(faultError(NO_SESSION_FAULT[reason], message, { cause }));
  }

  onSession(session: Session): void {
    this.#queued = undefined;
    this.session = session;
    try {
      this.send(session);
    } catch (error) {
      this.fail(error);
    }
  }

  onSuspect(): void {
    this.fail(faultError("ping-timeout", SUSPECT, { connectionHadWorked: this.session?.hasResponded() }));
    this.cancel();
  }

  onContextEnd(): void {
    if (this.#queued !== undefined) this.#pool.release(this.#queued);
    this.cancel();
    this.fail(this.request.context.ended);
  }

  protected fail(error: unknown): void {
    this.settle();
    this.#reject(error);
  }
}
