import type { Clock } from "./clock.ts";
import { sleep } from "./sleep.ts";

/** How long to wait for a run that another request has begun and may have taken along with it. */
const JOIN_MS = 1_000;

interface Flight<T> {
  readonly outcome: Promise<T>;
  settled: boolean;
}

/**
 * Work of which one run at a time is under way, for any number of callers, each of whom gets its outcome.
 *
 * Where everything ends with the request that began it ({@link Clock.requestBound}), so may a run. Whoever waits for one of
 * another request begins its own when that one is gone, or takes longer than a second.
 */
export class SingleFlight<T> {
  readonly #clock: Clock;
  #flight: Flight<T> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Joins the run that is under way, or begins one. */
  run(work: () => Promise<T>): Promise<T> {
    const flight = this.#flight;
    if (flight === undefined) return this.#begin(work);
    return this.#clock.requestBound === true ? this.#join(flight, work) : flight.outcome;
  }

  #begin(work: () => Promise<T>): Promise<T> {
    const settle = (): void => {
      flight.settled = true;
      if (this.#flight === flight) this.#flight = undefined;
    };
    const flight = { outcome: work().finally(settle), settled: false };
    this.#flight = flight;
    return flight.outcome;
  }

  async #join(flight: Flight<T>, work: () => Promise<T>): Promise<T> {
    const waiting = new AbortController();
    try {
      const late = sleep(this.#clock, JOIN_MS, waiting.signal).then(() => undefined);
      late.catch(() => {});
      const joined = await Promise.race([flight.outcome.then((value) => ({ value })), late]);
      if (joined !== undefined) return joined.value;
    } catch (error) {
      // Else the runtime says that it can never settle.
      if (flight.settled) throw error;
    } finally {
      waiting.abort();
    }
    if (this.#flight === flight) this.#flight = undefined;
    return await this.run(work);
  }
}
