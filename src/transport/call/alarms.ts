import type { Clock } from "../../shared/clock.ts";

/** Something that happens at a moment unless it is taken back before, as nearly every deadline is. */
export interface Alarm {
  /** When, on {@link Clock.monotonic}. */
  readonly at: number;
  /** Where it stands among those that are pending; {@link NOT_PENDING} at first. Only {@link Alarms} sets it. */
  place: number;
  ring(): void;
}

export const NOT_PENDING = -1;

/** The longest delay that `setTimeout` takes. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/**
 * All alarms of a connection on one timer, so that a call sets none. The timer stands at the earliest moment
 * that any alarm ever asked for and is not moved when alarms go: under steady load it fires once per deadline
 * length, looks at what is left and is set again.
 *
 * They are in an array, not in a `Set`: the tables that a `Set` outgrows point to their successors, so that one
 * which the collector has taken for long-lived keeps all later ones, with the calls in them, until the next full
 * collection.
 */
export class Alarms {
  readonly #clock: Clock;
  /** In no order. */
  readonly #pending: Alarm[] = [];
  #wakesAt = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(alarm: Alarm): void {
    alarm.place = this.#pending.push(alarm) - 1;
    if (alarm.at < this.#wakesAt) this.#wakeAt(alarm.at);
  }

  /** Does nothing if it is not pending. */
  delete(alarm: Alarm): void {
    const { place } = alarm;
    if (place === NOT_PENDING) return;
    alarm.place = NOT_PENDING;
    const last = this.#pending.pop();
    if (last === undefined || last === alarm) return;
    this.#pending[place] = last;
    last.place = place;
  }

  #wakeAt(at: number): void {
    this.#cancelTimer?.();
    this.#wakesAt = at;
    const ms = Math.min(Math.max(1, Math.ceil(at - this.#clock.monotonic())), LONGEST_TIMER_MS);
    // A running call keeps the process alive by its socket or its back-off, not by its deadline.
    this.#cancelTimer = this.#clock.setTimer(() => this.#wake(), ms, false);
  }

  #wake(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    for (const alarm of [...this.#pending]) {
      if (alarm.at > now) {
        next = Math.min(next, alarm.at);
      } else if (alarm.place !== NOT_PENDING) {
        // Another one's ringing may have taken it back.
        this.delete(alarm);
        alarm.ring();
      }
    }
    if (next < this.#wakesAt) this.#wakeAt(next);
  }
}
