import { type Alarm, type Alarms, NOT_PENDING } from "./alarms.ts";
import type { TransportClock } from "./clock.ts";

/**
 * Those who wait, in the order in which they came, with a limit to their patience while there is no
 * connection.
 */
export class WaitingLine<W> {
  readonly #clock: TransportClock;
  readonly #alarms: Alarms;
  readonly #patienceMs: number;
  readonly #onImpatient: (waiter: W) => void;
  readonly #waiting = new Map<W, Alarm | undefined>();

  constructor(clock: TransportClock, alarms: Alarms, patienceMs: number, onImpatient: (waiter: W) => void) {
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
    this.#waiting.set(waiter, connected ? undefined : this.#alarm(waiter));
  }

  delete(waiter: W): void {
    const alarm = this.#waiting.get(waiter);
    if (alarm !== undefined) this.#alarms.delete(alarm);
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
    for (const [waiter, alarm] of this.#waiting) {
      if (alarm !== undefined) this.#alarms.delete(alarm);
      this.#waiting.set(waiter, undefined);
    }
  }

  onDisconnected(): void {
    for (const [waiter, alarm] of this.#waiting) {
      if (alarm === undefined) this.#waiting.set(waiter, this.#alarm(waiter));
    }
  }

  #alarm(waiter: W): Alarm {
    const alarm: Alarm = {
      at: this.#clock.now() + this.#patienceMs,
      place: NOT_PENDING,
      ring: () => {
        this.#waiting.delete(waiter);
        this.#onImpatient(waiter);
      },
    };
    this.#alarms.add(alarm);
    return alarm;
  }
}
