import { Code, ConnectError, type ContextKey, createContextKey } from "@connectrpc/connect";
import { methodName } from "../../descriptor/method-name.ts";
import { callBack } from "../../shared/call-back.ts";
import { type Clock, LONGEST_TIMER_MS } from "../../shared/clock.ts";
import { type CallPriority, currentPriority } from "../../shared/priority.ts";
import { retryAfterMs } from "../../shared/retry-after.ts";
import type { CallFn, WaitReason } from "../call.ts";
import type { CallContext } from "../context/call-context.ts";
import type { OnTransportEvent } from "../events.ts";
import type { FaultName } from "../faults.ts";
import { findFailure, isWriteConflict } from "../faults.ts";
import { Congestion, type Round } from "./congestion.ts";
import type { ResolvedPace } from "./pace-options.ts";
import { Rate } from "./rate.ts";

/** Sets the {@link CallPriority} of a single call, in its `contextValues`. */
export const callPriority: ContextKey<CallPriority | undefined> = createContextKey<CallPriority | undefined>(
  undefined,
  { description: "zitadel-connect: call priority" },
);

/** The share of calls in flight that background calls leave to others. */
const RESERVED = 0.2;
/** How often to check whether calls may go again, while none is in flight. */
const CHECK_MS = 250;

/** A call waiting for its turn. */
interface Waiting {
  go(): void;
}

/**
 * Holds calls back, so that no more are in flight, and no more are sent per second, than the options allow and the server
 * handles. Each attempt waits for its turn. A stream counts as in flight until its first message.
 */
export class Pace {
  readonly #options: ResolvedPace;
  readonly #clock: Clock;
  readonly #onEvent: OnTransportEvent | undefined;
  readonly #congestion = new Congestion();
  readonly #rate: Rate;
  /** In order of arrival. */
  readonly #waiting: Readonly<Record<CallPriority, Set<Waiting>>> = {
    interactive: new Set(),
    background: new Set(),
  };
  readonly #inFlight: Record<CallPriority, number> = { interactive: 0, background: 0 };
  /** Until when the server asked for no requests, on the monotonic clock. */
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;
  #emitted: number;
  #emittedPause = this.#pausedUntil;

  constructor(options: ResolvedPace, clock: Clock, onEvent: OnTransportEvent | undefined) {
    this.#options = options;
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#rate = new Rate(options.perSecond, clock.monotonic());
    this.#emitted = this.#congestion.limit;
  }

  /** Why calls are waiting, if any are. */
  whyWaiting(): WaitReason | undefined {
    const waiting = this.#waitingCount;
    if (waiting === 0) return undefined;
    return { connected: true, message: `${waiting} calls wait for their turn: ${this.#describe()}` };
  }

  /** Sends calls at this pace. */
  around(next: CallFn): CallFn {
    return async (call) => {
      const priority = call.contextValues.get(callPriority) ?? currentPriority();
      await this.#turn(call.context, priority);
      const startedAt = this.#clock.monotonic();
      const round = (): Round => this.#describeRound(startedAt);
      try {
        const response = await next(call);
        this.#congestion.succeeded(methodName(call.method), round());
        return response;
      } catch (error) {
        this.#failed(error, round());
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
    const { adaptive, maxInFlight } = this.#options;
    return adaptive ? Math.min(maxInFlight(), this.#congestion.limit) : maxInFlight();
  }

  get #total(): number {
    return this.#inFlight.interactive + this.#inFlight.background;
  }

  get #waitingCount(): number {
    return this.#waiting.interactive.size + this.#waiting.background.size;
  }

  /** Resolves when the call may go. Rejects if its context ends first. */
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
          this.#letGo();
          reject(context.ended);
        },
      };
      context.onEnd(listener);
      queue.add(waiting);
      this.#letGo();
    });
  }

  /** Lets as many calls go as may. The others are released by a later response or a timer. */
  #letGo(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
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
    if (this.#total === 0 && this.#waitingCount > 0) this.#wakeIn(CHECK_MS);
  }

  /** The next call, if the number of calls in flight allows one. */
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
    this.#cancelTimer = this.#clock.setTimer(() => this.#letGo(), Math.min(ms, LONGEST_TIMER_MS), true);
  }

  #describeRound(startedAt: number): Round {
    return { startedAt, endedAt: this.#clock.monotonic(), inFlight: this.#total, allowed: this.limit };
  }

  #failed(error: unknown, round: Round): void {
    if (!(error instanceof ConnectError) || !isCongestion(error)) return;
    this.#congestion.refused(round);
    const waitMs = retryAfterMs(error.metadata, this.#clock.now()) ?? 0;
    this.#pausedUntil = Math.max(this.#pausedUntil, round.endedAt + waitMs);
  }

  #pausedMs(): number {
    return Math.max(0, this.#pausedUntil - this.#clock.monotonic());
  }

  #emitChange(): void {
    const maxInFlight = this.#congestion.limit;
    if (
      !this.#options.adaptive ||
      (maxInFlight === this.#emitted && this.#pausedUntil === this.#emittedPause)
    )
      return;
    this.#emitted = maxInFlight;
    this.#emittedPause = this.#pausedUntil;
    const state = { maxInFlight, pausedMs: this.#pausedMs() };
    this.#onEvent?.({ type: "pace-changed", ...state });
    callBack(() => this.#options.onChange?.(state));
  }

  #describe(): string {
    const { perSecond } = this.#options;
    const pausedMs = this.#pausedMs();
    if (pausedMs > 0) return `the server asked for no requests for another ${Math.ceil(pausedMs)} ms`;
    const rate = perSecond === Number.POSITIVE_INFINITY ? "" : ` and ${perSecond} a second`;
    return `the client's pace is ${this.limit} in flight${rate}`;
  }
}

/** How proxies and servers reject requests when there are too many. */
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

/** Whether the server, or a proxy in front of it, was overloaded. */
function isCongestion(error: ConnectError): boolean {
  const { origin, fault } = findFailure(error) ?? {};
  return isWriteConflict(error) || REFUSALS.has(fault) || (origin === "server" && OVERLOADED.has(error.code));
}
