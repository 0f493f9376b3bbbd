import type { Clock } from "../../../src/shared/clock.ts";

const EPOCH = Date.UTC(2026, 0, 1);

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that only moves when told to. */
export class FakeClock implements Clock {
  #elapsed = 0;
  #wallOffset = EPOCH;
  #timers: Timer[] = [];

  now = (): number => this.#wallOffset + this.#elapsed;
  monotonic = (): number => this.#elapsed;
  random: () => number = Math.random;

  setTimer = (callback: () => void, ms: number): (() => void) => {
    const timer = { at: this.#elapsed + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Sets the wall clock forward, or back if negative. */
  step(ms: number): void {
    this.#wallOffset += ms;
  }

  /** The machine sleeps: only the wall clock runs. */
  suspend(ms: number): void {
    this.step(ms);
  }

  /** The process is blocked: timers that were due meanwhile fire before anything else happens. */
  standStill(ms: number): void {
    this.#elapsed += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#elapsed);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { callback } of due) callback();
  }

  /** Lets time pass; timers fire in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.callback();
      await settle();
    }
    this.#elapsed = end;
    await settle();
  }
}

/** Lets every promise that can settle do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The most that a running clock counts between two readings: if it is longer, the machine was busy. */
const MOST_MS = 4;

/**
 * A running clock, 30 times as fast as the real one, so that timeouts and backoffs pass quickly. It stops while the
 * process is blocked, since what is being timed cannot continue either.
 */
export function fastClock(speed = 30, random = Math.random): Clock {
  let [last, elapsed] = [performance.now(), 0];
  const begin = Date.now();
  const monotonic = (): number => {
    const now = performance.now();
    elapsed += Math.min(now - last, MOST_MS) * speed;
    last = now;
    return elapsed;
  };
  return {
    now: () => begin + monotonic(),
    monotonic,
    random,
    setTimer(callback, ms) {
      const at = monotonic() + ms;
      let timer: NodeJS.Timeout;
      const look = (): void => {
        const leftMs = (at - monotonic()) / speed;
        if (leftMs <= 0) callback();
        else timer = setTimeout(look, Math.min(leftMs, MOST_MS / 2));
      };
      timer = setTimeout(look, Math.min(ms / speed, MOST_MS / 2));
      return () => clearTimeout(timer);
    },
  };
}

/** Waits until a running clock has advanced by so much, even if its timers fire early. */
export async function pass(clock: Clock, ms: number): Promise<void> {
  const end = clock.monotonic() + ms;
  for (let left = ms; left > 0; left = end - clock.monotonic()) {
    await new Promise<void>((resolve) => clock.setTimer(resolve, left));
  }
}

/** The system's clocks with a wall clock that is wrong. */
export function wrongClock(offsetMs: number): Clock {
  return {
    now: () => Date.now() + offsetMs,
    monotonic: () => performance.now(),
    random: Math.random,
    setTimer(callback, ms) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
  };
}
