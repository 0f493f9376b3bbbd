import type { Clock } from "../../../src/shared/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that only a test moves. */
export class TestClock implements Clock {
  time = 1_000_000;
  /** What `random` returns. */
  chance = 0.5;
  /** How many timers were ever set. */
  timersSet = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return Date.UTC(2026, 0, 1) + this.time;
  }

  monotonic(): number {
    return this.time;
  }

  random(): number {
    return this.chance;
  }

  setTimer(callback: () => void, ms: number, _keepAlive?: boolean): () => void {
    this.timersSet += 1;
    const timer = { at: this.time + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time, timer by timer, and lets the network catch up after each. */
  async advance(ms: number): Promise<void> {
    const until = this.time + ms;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > until) break;
      this.#timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.callback();
      await turns();
    }
    this.time = until;
    await turns();
  }
}

/** Some turns of the event loop: enough for loopback traffic under way to arrive. */
export async function turns(count = 10): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for the network until `condition` holds. */
export async function until(condition: () => boolean, what = "what the test waits for"): Promise<void> {
  const giveUpAt = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`It never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
