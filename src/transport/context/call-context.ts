import { ConnectError } from "@connectrpc/connect";
import type { Clock } from "../../shared/clock.ts";
import { faultError } from "../faults.ts";
import { NOT_LISTED } from "./indexed-list.ts";
import { type Timer, Timers } from "./timers.ts";

/** Notified when a call ends before it has settled. */
export interface EndListener {
  onContextEnd(): void;
}

/**
 * The context of a call: it ends when the call settles, the caller aborts, the deadline passes, or the client is closed.
 */
export class CallContext implements Timer {
  /** When the deadline passes, on {@link Clock.monotonic}; infinite if there is none. */
  readonly expiresAt: number;
  index: number = NOT_LISTED;
  readonly startedAt: number;
  /** Why the call ended before it settled. */
  ended: ConnectError | undefined;
  readonly #clock: Clock;
  readonly #running: Timers<CallContext>;
  readonly #callerSignal: AbortSignal | undefined;
  readonly #listeners: EndListener[] = [];
  #controller: AbortController | undefined;
  /** Removes this context from the one it is linked to. */
  #unlink: (() => void) | undefined;

  /** Adds itself to those that are `running`. `timeoutMs` of 0 or less, or `undefined`: no deadline. */
  constructor(
    clock: Clock,
    running: Timers<CallContext>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
  ) {
    this.#clock = clock;
    this.#running = running;
    this.#callerSignal = signal;
    this.startedAt = clock.monotonic();
    const limited = timeoutMs !== undefined && timeoutMs > 0;
    this.expiresAt = limited ? this.startedAt + timeoutMs : Number.POSITIVE_INFINITY;
    if (signal?.aborted === true) {
      this.handleEvent();
    } else {
      signal?.addEventListener("abort", this);
      running.add(this);
    }
  }

  /** For interceptors, which expect a signal. Created when first used. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.ended !== undefined) this.#controller.abort(this.ended);
    return this.#controller.signal;
  }

  /** Whether `signal` is this context's own. Does not create it. */
  owns(signal: AbortSignal): boolean {
    return this.#controller?.signal === signal;
  }

  /** A context that ends with this one, or when another signal aborts. The caller must finish it. */
  linked(signal: AbortSignal): CallContext {
    // At least 1: if the deadline has passed, 0 would mean that there is none.
    const child = new CallContext(this.#clock, this.#running, signal, Math.max(1, this.remainingMs()));
    const listener = { onContextEnd: () => child.end(this.ended ?? abortError(undefined)) };
    child.#unlink = () => this.offEnd(listener);
    if (this.ended !== undefined) listener.onContextEnd();
    else this.onEnd(listener);
    return child;
  }

  /** Milliseconds until the deadline. */
  remainingMs(): number {
    return this.expiresAt - this.#clock.monotonic();
  }

  elapsedMs(): number {
    return this.#clock.monotonic() - this.startedAt;
  }

  /** Notifies `listener` when the call ends early, unless `offEnd` removes it. */
  onEnd(listener: EndListener): void {
    this.#listeners.push(listener);
  }

  offEnd(listener: EndListener): void {
    const index = this.#listeners.lastIndexOf(listener);
    if (index >= 0) this.#listeners.splice(index, 1);
  }

  onExpire(): void {
    const ms = Math.round(this.expiresAt - this.startedAt);
    this.end(faultError("deadline", `The call took longer than ${ms} ms`));
  }

  end(error: ConnectError): void {
    if (this.ended !== undefined) return;
    this.ended = error;
    this.finish();
    for (const listener of [...this.#listeners]) listener.onContextEnd();
    this.#controller?.abort(error);
  }

  /**
   * The call has its outcome. Anything still running for it, because an interceptor did not wait, ends too: it would have
   * no deadline.
   */
  settle(failed: boolean): void {
    this.finish();
    if (failed || this.#listeners.length > 0) this.end(faultError("aborted", "The call has already ended"));
  }

  /** Releases what the context holds on to. */
  finish(): void {
    this.#running.delete(this);
    this.#callerSignal?.removeEventListener("abort", this);
    this.#unlink?.();
  }

  /** The caller's signal was aborted. */
  handleEvent(): void {
    this.end(abortError(this.#callerSignal?.reason));
  }
}

/** `AbortSignal.timeout()` aborts with a `TimeoutError`, which is a deadline. */
function abortError(reason: unknown): ConnectError {
  if (reason instanceof ConnectError) return reason;
  const message = reason instanceof Error ? reason.message : "The call was aborted";
  const timeUp = reason instanceof Error && reason.name === "TimeoutError";
  return faultError(timeUp ? "deadline" : "aborted", message, { cause: reason });
}

/** Waits `ms` milliseconds on behalf of a call. Rejects if its context ends first. */
export function sleepWithin(context: CallContext, ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      cancel();
      context.offEnd(sleeper);
    };
    const wake = () => {
      stop();
      resolve();
    };
    const sleeper = {
      onContextEnd() {
        stop();
        reject(context.ended);
      },
    };
    const cancel = clock.setTimer(wake, ms, true);
    context.onEnd(sleeper);
  });
}

/**
 * All running calls and HTTP requests of a connection. Closing it ends them, whatever they are waiting for. On platforms
 * that end them with the incoming request ({@link Clock.requestBound}), closing only refuses new ones.
 */
export class RunningCalls {
  readonly #clock: Clock;
  readonly #running: Timers<CallContext>;
  readonly #closing = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#running = new Timers(clock);
  }

  /** `timeoutMs` of 0 or less: no deadline. After {@link close}, the context has already ended. */
  begin(signal: AbortSignal | undefined, timeoutMs: number): CallContext {
    const context = new CallContext(this.#clock, this.#running, signal, timeoutMs);
    if (this.closed.aborted) context.end(closedError());
    return context;
  }

  /** Aborts when the connection is closed. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  close(): void {
    this.#closing.abort(closedError());
    for (const context of this.#running.pending()) context.end(closedError());
  }
}

function closedError() {
  return faultError("closed", "The client is closed");
}
