import { type Clock, LONGEST_TIMER_MS } from "../../shared/clock.ts";
import type { CallPriority } from "../../shared/priority.ts";
import type { CallContext } from "../context/call-context.ts";

/** The share of calls in flight that background calls leave to others. */
const RESERVED = 0.2;
/** How often to check whether calls may go again, while none is in flight. */
const CHECK_MS = 250;

/** What {@link Turns} asks before each call. */
export interface Gate {
  /** How many calls may be in flight now. */
  readonly limit: number;
  /** Milliseconds until the next call may go; 0 or less: now. */
  waitMs(): number;
  /** A call goes. */
  onGo(): void;
}

/** A call waiting for its turn. */
interface Waiting {
  go(): void;
}

/**
 * Decides whose turn it is: interactive calls go before background ones, which leave a fifth of the calls in flight to them. Calls
 * of one priority go in order of arrival.
 */
export class Turns {
  readonly #gate: Gate;
  readonly #clock: Clock;
  /** In order of arrival. */
  readonly #waiting: Readonly<Record<CallPriority, Set<Waiting>>> = {
    interactive: new Set(),
    background: new Set(),
  };
  readonly #inFlight: Record<CallPriority, number> = { interactive: 0, background: 0 };
  #cancelTimer: (() => void) | undefined;

  constructor(gate: Gate, clock: Clock) {
    this.#gate = gate;
    this.#clock = clock;
  }

  get inFlight(): number {
    return this.#inFlight.interactive + this.#inFlight.background;
  }

  get waiting(): number {
    return this.#waiting.interactive.size + this.#waiting.background.size;
  }

  /** Resolves when the call may go; it is in flight until {@link end}. Rejects if its context ends first. */
  take(context: CallContext, priority: CallPriority): Promise<void> {
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

  /** A call of this priority is no longer in flight. */
  end(priority: CallPriority): void {
    this.#inFlight[priority] -= 1;
    this.#letGo();
  }

  /** Lets as many calls go as may. The others are released by a later response or a timer. */
  #letGo(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const waitMs = this.#gate.waitMs();
      if (waitMs > 0) {
        this.#wakeIn(waitMs);
        return;
      }
      this.#gate.onGo();
      this.#inFlight[next.priority] += 1;
      next.waiting.go();
    }
    if (this.inFlight === 0 && this.waiting > 0) this.#wakeIn(CHECK_MS);
  }

  /** The next call, if the number of calls in flight allows one. */
  #next(): { readonly priority: CallPriority; readonly waiting: Waiting } | undefined {
    const { limit } = this.#gate;
    if (this.inFlight >= limit) return undefined;
    for (const waiting of this.#waiting.interactive) return { priority: "interactive", waiting };
    const forBackground = Math.max(1, Math.floor(limit * (1 - RESERVED)));
    if (this.#inFlight.background >= forBackground) return undefined;
    for (const waiting of this.#waiting.background) return { priority: "background", waiting };
    return undefined;
  }

  #wakeIn(ms: number): void {
    this.#cancelTimer = this.#clock.setTimer(() => this.#letGo(), Math.min(ms, LONGEST_TIMER_MS), true);
  }
}
