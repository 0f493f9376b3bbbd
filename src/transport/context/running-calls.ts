import type { Clock } from "../../shared/clock.ts";
import { faultError } from "../faults/failure.ts";
import { CallContext } from "./call-context.ts";
import { Timers } from "./timers.ts";

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
