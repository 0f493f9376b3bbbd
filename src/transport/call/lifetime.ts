import { ConnectError } from "@connectrpc/connect";
import type { Clock } from "../../shared/clock.ts";
import { faultError } from "../faults/fault-error.ts";
import { type Alarm, type Alarms, NOT_PENDING } from "./alarms.ts";

/** Someone to be told that a call ended before it settled. */
export interface EndListener {
  onLifetimeEnd(): void;
}

/** How long a call may go on: until it settles, its caller aborts, or its time is up. */
export class Lifetime implements Alarm {
  /** When the time is up; infinite where there is no deadline. */
  readonly at: number;
  place: number = NOT_PENDING;
  readonly startedAt: number;
  /** Why the call ended before it settled. */
  ended: ConnectError | undefined;
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #callerSignal: AbortSignal | undefined;
  readonly #listeners: EndListener[] = [];
  #controller: AbortController | undefined;
  /** Lets go of the lifetime that this one is linked to. */
  #unlink: (() => void) | undefined;

  /** `timeoutMs` of 0 or less, or `undefined`: no deadline. */
  constructor(clock: Clock, alarms: Alarms, signal: AbortSignal | undefined, timeoutMs: number | undefined) {
    this.#clock = clock;
    this.#alarms = alarms;
    this.#callerSignal = signal;
    this.startedAt = clock.monotonic();
    this.at =
      timeoutMs === undefined || timeoutMs <= 0 ? Number.POSITIVE_INFINITY : this.startedAt + timeoutMs;
    if (signal?.aborted === true) {
      this.handleEvent();
    } else {
      signal?.addEventListener("abort", this);
      if (this.at !== Number.POSITIVE_INFINITY) alarms.add(this);
    }
  }

  /** For interceptors, who expect a signal. Made when first asked for. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.ended !== undefined) this.#controller.abort(this.ended);
    return this.#controller.signal;
  }

  /** Whether `signal` is this lifetime's own, without making it. */
  owns(signal: AbortSignal): boolean {
    return this.#controller?.signal === signal;
  }

  /** A lifetime that ends with this one, or by another signal. To be finished by who asked for it. */
  linked(signal: AbortSignal): Lifetime {
    const ms = this.at === Number.POSITIVE_INFINITY ? 0 : Math.max(1, this.remainingMs());
    const child = new Lifetime(this.#clock, this.#alarms, signal, ms);
    const listener = { onLifetimeEnd: () => child.end(this.ended ?? abortError(undefined)) };
    child.#unlink = () => this.offEnd(listener);
    if (this.ended !== undefined) listener.onLifetimeEnd();
    else this.onEnd(listener);
    return child;
  }

  /** Milliseconds until the time is up. */
  remainingMs(): number {
    return this.at - this.#clock.monotonic();
  }

  elapsedMs(): number {
    return this.#clock.monotonic() - this.startedAt;
  }

  /** Tells `listener` when the lifetime ends early; `offEnd` takes it back. */
  onEnd(listener: EndListener): void {
    this.#listeners.push(listener);
  }

  offEnd(listener: EndListener): void {
    const index = this.#listeners.lastIndexOf(listener);
    if (index >= 0) this.#listeners.splice(index, 1);
  }

  ring(): void {
    this.end(faultError("deadline", `The call took longer than ${Math.round(this.at - this.startedAt)} ms`));
  }

  end(error: ConnectError): void {
    if (this.ended !== undefined) return;
    this.ended = error;
    this.finish();
    for (const listener of [...this.#listeners]) listener.onLifetimeEnd();
    this.#controller?.abort(error);
  }

  /**
   * The call has its outcome. What still runs for it, because an interceptor did not wait for it, ends too: it
   * would have no deadline.
   */
  settle(failed: boolean): void {
    this.finish();
    if (failed || this.#listeners.length > 0) this.end(faultError("aborted", "The call has ended already"));
  }

  /** Lets go of what the lifetime holds on to. */
  finish(): void {
    this.#alarms.delete(this);
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
