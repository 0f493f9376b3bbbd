import type { Clock } from "../../shared/clock.ts";
import { faultError } from "../faults/failure.ts";
import { CallContext } from "./call-context.ts";
import { Timers } from "./timers.ts";

/**
 * All calls and HTTP requests of a connection that are running. They end with it, whatever they wait for; but where they
 * end with requests of their own ({@link Clock.requestBound}), those have them, and it only refuses further ones.
 */
export class RunningCalls {
  readonly #clock: Clock;
  readonly #running: Timers<CallContext>;
  readonly #closing = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#running = new Timers(clock);
  }

  /** `timeoutMs` of 0 or less: no deadline. After {@link close} it has already ended. */
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
