import type { Clock } from "./clock.ts";
import { sleep } from "./sleep.ts";

/** How long to wait for a run that another request started, and that may have ended with that request. */
const JOIN_MS = 1_000;

interface Flight<T> {
  readonly outcome: Promise<T>;
  settled: boolean;
}

/**
 * Work that runs at most once at a time, for any number of callers, who all get its outcome.
 *
 * On platforms where work ends with the incoming request that started it ({@link Clock.requestBound}), a run may end
 * without an outcome. A caller that waits for another request's run starts its own if that run is gone, or takes longer
 * than a second.
 */
export class SingleFlight<T> {
  readonly #clock: Clock;
  #flight: Flight<T> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Joins the current run, or starts one. */
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
      // If it has not settled, the runtime threw the error, because the promise can never settle.
      if (flight.settled) throw error;
    } finally {
      waiting.abort();
    }
    if (this.#flight === flight) this.#flight = undefined;
    return await this.run(work);
  }
}
