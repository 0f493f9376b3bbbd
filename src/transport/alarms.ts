import type { TransportClock } from "./clock.ts";

/** Something that happens at a moment unless it is taken back before, as nearly every deadline is. */
export interface Alarm {
  /** When, on {@link TransportClock.now}. */
  readonly at: number;
  ring(): void;
}

/** The longest delay that `setTimeout` takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * All alarms of a connection on one timer, so that a call sets none. The timer stands at the earliest moment
 * that any alarm ever asked for and is not moved when alarms go: under steady load it fires once per deadline
 * length, looks at what is left and is set again.
 */
export class Alarms {
  readonly #clock: TransportClock;
  readonly #pending = new Set<Alarm>();
  #wakesAt = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: TransportClock) {
    this.#clock = clock;
  }

  add(alarm: Alarm): void {
    this.#pending.add(alarm);
    if (alarm.at < this.#wakesAt) this.#wakeAt(alarm.at);
  }

  delete(alarm: Alarm): void {
    this.#pending.delete(alarm);
  }

  /** Forgets every alarm. */
  clear(): void {
    this.#pending.clear();
    this.#cancelTimer?.();
    this.#wakesAt = Number.POSITIVE_INFINITY;
  }

  #wakeAt(at: number): void {
    this.#cancelTimer?.();
    this.#wakesAt = at;
    const ms = Math.min(Math.max(1, Math.ceil(at - this.#clock.now())), LONGEST_TIMER_MS);
    // A running call keeps the process alive by its socket or its back-off, not by its deadline.
    this.#cancelTimer = this.#clock.setTimer(() => this.#wake(), ms, false);
  }

  #wake(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const alarm of [...this.#pending]) {
      if (alarm.at > now) next = Math.min(next, alarm.at);
      else if (this.#pending.delete(alarm)) alarm.ring();
    }
    if (next < this.#wakesAt) this.#wakeAt(next);
  }
}
