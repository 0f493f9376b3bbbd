import type { Clock } from "../../shared/clock.ts";
import { type Alarm, type Alarms, NOT_PENDING } from "../call/alarms.ts";

interface Place {
  /** How much longer the waiter will be without a connection, in milliseconds. */
  patienceMs: number;
  /** Set while there is no connection. */
  alarm: Alarm | undefined;
}

/**
 * Those who wait, in the order in which they came, with a limit to their patience while there is no
 * connection. What they have waited counts also when connections come and go without serving them.
 */
export class WaitingLine<W> {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #patienceMs: number;
  readonly #onImpatient: (waiter: W) => void;
  readonly #waiting = new Map<W, Place>();

  constructor(clock: Clock, alarms: Alarms, patienceMs: number, onImpatient: (waiter: W) => void) {
    this.#clock = clock;
    this.#alarms = alarms;
    this.#patienceMs = patienceMs;
    this.#onImpatient = onImpatient;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** `connected`: it waits for a place only, and that with patience. */
  add(waiter: W, connected: boolean): void {
    const place: Place = { patienceMs: this.#patienceMs, alarm: undefined };
    this.#waiting.set(waiter, place);
    if (!connected) this.#setAlarm(waiter, place);
  }

  delete(waiter: W): void {
    const place = this.#waiting.get(waiter);
    if (place !== undefined) this.#stopAlarm(place);
    this.#waiting.delete(waiter);
  }

  /** The first in the line, taken out of it. */
  next(): W | undefined {
    for (const waiter of this.#waiting.keys()) {
      this.delete(waiter);
      return waiter;
    }
    return undefined;
  }

  onConnected(): void {
    for (const place of this.#waiting.values()) this.#stopAlarm(place);
  }

  onDisconnected(): void {
    for (const [waiter, place] of this.#waiting) {
      if (place.alarm === undefined) this.#setAlarm(waiter, place);
    }
  }

  #setAlarm(waiter: W, place: Place): void {
    place.alarm = {
      at: this.#clock.monotonic() + place.patienceMs,
      place: NOT_PENDING,
      ring: () => {
        this.#waiting.delete(waiter);
        this.#onImpatient(waiter);
      },
    };
    this.#alarms.add(place.alarm);
  }

  #stopAlarm(place: Place): void {
    if (place.alarm === undefined) return;
    this.#alarms.delete(place.alarm);
    place.patienceMs = place.alarm.at - this.#clock.monotonic();
    place.alarm = undefined;
  }
}
