import { Code, ConnectError, type ContextKey, createContextKey } from "@connectrpc/connect";
import { methodName } from "../../descriptor/method-name.ts";
import { type Clock, LONGEST_TIMER_MS } from "../../shared/clock.ts";
import { type CallPriority, currentPriority } from "../../shared/priority.ts";
import { retryAfterMs } from "../../shared/retry-after.ts";
import type { Call, CallFn, WaitReason } from "../call.ts";
import type { CallContext } from "../context/call-context.ts";
import type { OnTransportEvent } from "../events.ts";
import { findFailure } from "../faults/failure.ts";
import type { FaultName } from "../faults/faults.ts";
import { isWriteConflict } from "../faults/write-conflict.ts";
import { Congestion } from "./congestion.ts";
import type { ResolvedPace } from "./pace-options.ts";
import { Rate } from "./rate.ts";

/** Sets the {@link CallPriority} of a single call, in its `contextValues`. */
export const callPriority: ContextKey<CallPriority | undefined> = createContextKey<CallPriority | undefined>(
  undefined,
  { description: "zitadel-connect: call priority" },
);

/** What calls in the background leave to others of what may be in flight. */
const RESERVED = 0.2;

/** A call that waits for its turn. */
interface Waiting {
  go(): void;
}

/**
 * Lets calls go one after the other, so that no more are in flight, and no more are sent in a second, than is wanted and
 * than the server takes. Each attempt of a call waits for its own turn; of a stream, until its first message.
 */
export class Pace {
  readonly #options: ResolvedPace;
  readonly #clock: Clock;
  readonly #onEvent: OnTransportEvent | undefined;
  readonly #congestion: Congestion;
  readonly #rate: Rate;
  /** In the order in which they came. */
  readonly #waiting: Readonly<Record<CallPriority, Set<Waiting>>> = {
    interactive: new Set(),
    background: new Set(),
  };
  readonly #inFlight: Record<CallPriority, number> = { interactive: 0, background: 0 };
  /** The server asked for no requests before then, by the monotonic clock. */
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;
  #emitted: number;

  constructor(options: ResolvedPace, clock: Clock, onEvent: OnTransportEvent | undefined) {
    this.#options = options;
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#congestion = new Congestion(options.maxInFlight);
    this.#rate = new Rate(options.perSecond, clock.monotonic());
    this.#emitted = this.limit;
  }

  /** Why calls wait, if any do. */
  whyWaiting(): WaitReason | undefined {
    const { interactive, background } = this.#waiting;
    const waiting = interactive.size + background.size;
    if (waiting === 0) return undefined;
    return {
      connected: true,
      message: `${waiting} calls wait for their turn: ${this.#describe()}`,
    };
  }

  /** Sends calls at this pace. */
  around(next: CallFn): CallFn {
    return async (call) => {
      const priority = call.contextValues.get(callPriority) ?? currentPriority();
      await this.#turn(call.context, priority);
      const startedAt = this.#clock.monotonic();
      try {
        const response = await next(call);
        this.#succeeded(call, startedAt);
        return response;
      } catch (error) {
        this.#failed(error, startedAt);
        throw error;
      } finally {
        this.#inFlight[priority] -= 1;
        this.#emitChange();
        this.#letGo();
      }
    };
  }

  /** How many calls may be in flight now. */
  get limit(): number {
    return this.#options.adaptive ? this.#congestion.limit : this.#options.maxInFlight;
  }

  get #total(): number {
    return this.#inFlight.interactive + this.#inFlight.background;
  }

  /** Resolves when the call may go. Rejects when its context ends before. */
  #turn(context: CallContext, priority: CallPriority): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.#waiting[priority];
      const leave = () => {
        queue.delete(waiting);
        context.offEnd(listener);
      };
      const waiting: Waiting = {
        go: () => {
          leave();
          resolve();
        },
      };
      const listener = {
        onContextEnd: () => {
          leave();
          if (this.#next() === undefined) this.#stopTimer();
          reject(context.ended);
        },
      };
      context.onEnd(listener);
      queue.add(waiting);
      this.#letGo();
    });
  }

  /** Lets as many go as may. For the others there is a response to come, or a timer. */
  #letGo(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const now = this.#clock.monotonic();
      const waitMs = Math.max(this.#rate.waitMs(now), this.#pausedUntil - now);
      if (waitMs > 0) {
        this.#wakeIn(waitMs);
        return;
      }
      this.#rate.take();
      this.#inFlight[next.priority] += 1;
      next.waiting.go();
    }
  }

  /** The one whose turn it is, as far as the number of calls in flight allows it. */
  #next(): { readonly priority: CallPriority; readonly waiting: Waiting } | undefined {
    const { limit } = this;
    if (this.#total >= limit) return undefined;
    for (const waiting of this.#waiting.interactive) return { priority: "interactive", waiting };
    const forBackground = Math.max(1, Math.floor(limit * (1 - RESERVED)));
    if (this.#inFlight.background >= forBackground) return undefined;
    for (const waiting of this.#waiting.background) return { priority: "background", waiting };
    return undefined;
  }

  #wakeIn(ms: number): void {
    this.#stopTimer();
    const wake = () => {
      this.#cancelTimer = undefined;
      this.#letGo();
    };
    this.#cancelTimer = this.#clock.setTimer(wake, Math.min(ms, LONGEST_TIMER_MS), true);
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #succeeded({ method }: Call, startedAt: number): void {
    // The call itself is still among those in flight.
    this.#congestion.succeeded(methodName(method), startedAt, this.#clock.monotonic(), this.#total);
  }

  #failed(error: unknown, startedAt: number): void {
    if (!(error instanceof ConnectError) || !isCongestion(error)) return;
    const now = this.#clock.monotonic();
    this.#congestion.refused(startedAt, now);
    const waitMs = retryAfterMs(error.metadata, this.#clock.now()) ?? 0;
    this.#pausedUntil = Math.max(this.#pausedUntil, now + waitMs);
  }

  #emitChange(): void {
    if (this.limit === this.#emitted) return;
    this.#emitted = this.limit;
    this.#onEvent?.({ type: "pace-changed", maxInFlight: this.limit });
  }

  #describe(): string {
    const { perSecond } = this.#options;
    const pausedMs = this.#pausedUntil - this.#clock.monotonic();
    if (pausedMs > 0) return `the server asked for no requests for another ${Math.ceil(pausedMs)} ms`;
    const rate = perSecond === Number.POSITIVE_INFINITY ? "" : ` and ${perSecond} a second`;
    return `the client's pace is ${this.limit} in flight${rate}`;
  }
}

/** What proxies and servers do to requests when there are too many. */
const REFUSALS: ReadonlySet<FaultName | undefined> = new Set<FaultName>([
  "enhance-your-calm",
  "gateway-error",
  "rate-limited",
  "stream-refused",
]);
const OVERLOADED: ReadonlySet<Code> = new Set([
  Code.ResourceExhausted,
  Code.Unavailable,
  Code.DeadlineExceeded,
]);

/** The server, or what is before it, had too much to do. */
function isCongestion(error: ConnectError): boolean {
  const { origin, fault } = findFailure(error) ?? {};
  return isWriteConflict(error) || REFUSALS.has(fault) || (origin === "server" && OVERLOADED.has(error.code));
}
