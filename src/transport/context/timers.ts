import { type Clock, LONGEST_TIMER_MS } from "../../shared/clock.ts";
import { IndexedList, type Listed } from "./indexed-list.ts";

/** Something that happens at a given time unless it is canceled first, as nearly every deadline is. */
export interface Timer extends Listed {
  /** On {@link Clock.monotonic}; infinite: never. */
  readonly expiresAt: number;
  onExpire(): void;
}

/**
 * Many timers on a single timer of the event loop, so that a call sets none of its own. It is set to the earliest time that
 * any timer has asked for, and is not moved when timers are canceled: under steady load it fires once per timeout, checks
 * what is pending and is set again.
 */
export class Timers<T extends Timer> {
  readonly #clock: Clock;
  readonly #pending = new IndexedList<T>();
  /** On platforms where timers end with the incoming request, each has its own, and none is in the pending list. */
  readonly #own: WeakMap<T, () => void> | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#own = clock.requestBound === true ? new WeakMap() : undefined;
  }

  add(timer: T): void {
    if (this.#own !== undefined) {
      this.#addOwn(timer, this.#own);
      return;
    }
    this.#pending.add(timer);
    if (timer.expiresAt < this.#wakesAt) this.#wakeAt(timer.expiresAt);
  }

  /** Does nothing if it is not pending. */
  delete(timer: T): void {
    this.#own?.get(timer)?.();
    this.#pending.delete(timer);
  }

  /** All that are pending, in no particular order. */
  pending(): T[] {
    return this.#pending.toArray();
  }

  #addOwn(timer: T, own: WeakMap<T, () => void>): void {
    if (timer.expiresAt === Number.POSITIVE_INFINITY) return;
    const wake = (): void => {
      if (timer.expiresAt > this.#clock.monotonic()) this.#addOwn(timer, own);
      else timer.onExpire();
    };
    own.set(timer, this.#clock.setTimer(wake, this.#msUntil(timer.expiresAt)));
  }

  #msUntil(at: number): number {
    return Math.min(Math.max(1, Math.ceil(at - this.#clock.monotonic())), LONGEST_TIMER_MS);
  }

  #wakeAt(at: number): void {
    this.#cancel?.();
    this.#wakesAt = at;
    const ms = this.#msUntil(at);
    // A running call keeps the process alive with its socket or its backoff timer, not with its deadline.
    this.#cancel = this.#clock.setTimer(() => this.#wake(), ms);
  }

  #wake(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    for (const timer of this.#pending.toArray()) {
      if (timer.expiresAt > now) {
        next = Math.min(next, timer.expiresAt);
      } else if (this.#pending.has(timer)) {
        // The expiry of another timer may have canceled it.
        this.#pending.delete(timer);
        timer.onExpire();
      }
    }
    if (next < this.#wakesAt) this.#wakeAt(next);
  }
}
