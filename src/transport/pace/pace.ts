import { ConnectError, type ContextKey, createContextKey } from "@connectrpc/connect";
import { methodName } from "../../descriptor/method-name.ts";
import { callBack } from "../../shared/call-back.ts";
import type { Clock } from "../../shared/clock.ts";
import { type CallPriority, currentPriority } from "../../shared/priority.ts";
import { retryAfterMs } from "../../shared/retry-after.ts";
import type { CallFn, WaitReason } from "../call.ts";
import type { OnTransportEvent } from "../events.ts";
import { Congestion, isCongestion, type Round } from "./congestion.ts";
import type { ResolvedPace } from "./pace-options.ts";
import { type Gate, Turns } from "./turns.ts";

/** Sets the {@link CallPriority} of a single call, in its `contextValues`. */
export const callPriority: ContextKey<CallPriority | undefined> = createContextKey<CallPriority | undefined>(
  undefined,
  { description: "zitadel-connect: call priority" },
);

/**
 * Holds calls back, so that no more are in flight, and no more are sent per second, than the options allow and the server
 * handles. Each attempt waits for its turn. A stream counts as in flight until its first message.
 */
export class Pace implements Gate {
  readonly #options: ResolvedPace;
  readonly #clock: Clock;
  readonly #onEvent: OnTransportEvent | undefined;
  readonly #congestion = new Congestion();
  readonly #rate: Rate;
  readonly #turns: Turns;
  /** The time until which the server asked for no requests, on the monotonic clock. */
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #emitted: number;
  #emittedPause = this.#pausedUntil;

  constructor(options: ResolvedPace, clock: Clock, onEvent: OnTransportEvent | undefined) {
    this.#options = options;
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#rate = new Rate(options.perSecond, clock.monotonic());
    this.#turns = new Turns(this, clock);
    this.#emitted = this.#congestion.limit;
  }

  /** Why calls are waiting, if any are. */
  whyWaiting(): WaitReason | undefined {
    const { waiting } = this.#turns;
    if (waiting === 0) return undefined;
    return { connected: true, message: `${waiting} calls were waiting for their turn: ${this.#describe()}` };
  }

  /** Sends calls at this pace. */
  around(next: CallFn): CallFn {
    return async (call) => {
      const priority = call.contextValues.get(callPriority) ?? currentPriority();
      await this.#turns.take(call.context, priority);
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
        this.#emitChange();
        this.#turns.end(priority);
      }
    };
  }

  /** How many calls may be in flight now. */
  get limit(): number {
    const { adaptive, maxInFlight } = this.#options;
    return adaptive ? Math.min(maxInFlight(), this.#congestion.limit) : maxInFlight();
  }

  waitMs(): number {
    const now = this.#clock.monotonic();
    return Math.max(this.#rate.waitMs(now), this.#pausedUntil - now);
  }

  onGo(): void {
    this.#rate.take();
  }

  #describeRound(startedAt: number): Round {
    return {
      startedAt,
      endedAt: this.#clock.monotonic(),
      inFlight: this.#turns.inFlight,
      allowed: this.limit,
    };
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

/** A token bucket (as in RFC 2697): a number of requests per second, evenly spread, with a burst of a tenth of that. */
class Rate {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, now: number) {
    this.#perMs = perSecond / 1000;
    this.#capacity = Math.max(1, perSecond / 10);
    this.#tokens = this.#capacity;
    this.#at = now;
  }

  /** Milliseconds until the next request may be sent; 0: now. */
  waitMs(now: number): number {
    if (this.#perMs === Number.POSITIVE_INFINITY) return 0;
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    // Sums of fractions may fall short of an integer by the last digit.
    return this.#tokens >= 1 - 1e-9 ? 0 : Math.ceil((1 - this.#tokens) / this.#perMs);
  }

  /** Takes the token of a request that is sent. */
  take(): void {
    if (this.#perMs !== Number.POSITIVE_INFINITY) this.#tokens -= 1;
  }
}
