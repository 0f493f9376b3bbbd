import { ConnectError } from "@connectrpc/connect";
import type { Clock } from "../../shared/clock.ts";
import { faultError } from "../faults/failure.ts";
import { NOT_LISTED } from "./indexed-list.ts";
import type { Timer, Timers } from "./timers.ts";

/** Told when a call ends before it has settled. */
export interface EndListener {
  onContextEnd(): void;
}

/** How long a call may go on: until it settles, its caller aborts, its time is up, or the client is closed. */
export class CallContext implements Timer {
  /** When the time is up; infinite where there is no deadline. */
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
  /** Lets go of the context that this one is linked to. */
  #unlink: (() => void) | undefined;

  /** Joins those that are `running`. `timeoutMs` of 0 or less, or `undefined`: no deadline. */
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

  /** For interceptors, who expect a signal. Made when first asked for. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.ended !== undefined) this.#controller.abort(this.ended);
    return this.#controller.signal;
  }

  /** Whether `signal` is this context's own, without making it. */
  owns(signal: AbortSignal): boolean {
    return this.#controller?.signal === signal;
  }

  /** A context that ends with this one, or by another signal. Whoever asks for it must finish it. */
  linked(signal: AbortSignal): CallContext {
    const ms = this.expiresAt === Number.POSITIVE_INFINITY ? 0 : Math.max(1, this.remainingMs());
    const child = new CallContext(this.#clock, this.#running, signal, ms);
    const listener = { onContextEnd: () => child.end(this.ended ?? abortError(undefined)) };
    child.#unlink = () => this.offEnd(listener);
    if (this.ended !== undefined) listener.onContextEnd();
    else this.onEnd(listener);
    return child;
  }

  /** Milliseconds until the time is up. */
  remainingMs(): number {
    return this.expiresAt - this.#clock.monotonic();
  }

  elapsedMs(): number {
    return this.#clock.monotonic() - this.startedAt;
  }

  /** Tells `listener` when the call ends early; `offEnd` takes it back. */
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
   * The call has its outcome. What still runs for it, because an interceptor did not wait for it, ends too: it
   * would have no deadline.
   */
  settle(failed: boolean): void {
    this.finish();
    if (failed || this.#listeners.length > 0) this.end(faultError("aborted", "The call has already ended"));
  }

  /** Lets go of what the context holds on to. */
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

/** `AbortSignal.timeout()` aborts too, but it says that a time is up. */
function abortError(reason: unknown): ConnectError {
  if (reason instanceof ConnectError) return reason;
  const message = reason instanceof Error ? reason.message : "The call was aborted";
  const timeUp = reason instanceof Error && reason.name === "TimeoutError";
  return faultError(timeUp ? "deadline" : "aborted", message, { cause: reason });
}

/** Waits `ms` milliseconds on behalf of a call. Rejects when its context ends before. */
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
