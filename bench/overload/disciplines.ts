// Which of the pending calls gets the next stream, and which is refused before its deadline.
import { RequestQueue } from "../../src/transport/http2/request-queue.ts";
import { MinHeap } from "./heap.ts";
import type { Discipline, Environment, SimulatedCall } from "./simulation.ts";

export const disciplines: Readonly<Record<string, (environment: Environment) => Discipline>> = {
  "first in, first out": () => oldestFirst(),
  "newest first, always": (environment) => newestFirst(environment, () => 0),
  "newest first after 1 s (ours)": ours,
  "newest first after 5 s": (environment) => newestFirst(environment, () => 5000),
  "newest first after half its time": (environment) =>
    newestFirst(environment, ({ deadlineAt, startsAt }) => (deadlineAt - startsAt) / 2),
  "controlled delay, 5 and 100 ms": (environment) =>
    controlledDelay(environment, { targetMs: 5, intervalMs: 100 }),
  "controlled delay, 1 and 5 s": (environment) =>
    controlledDelay(environment, { targetMs: 1000, intervalMs: 5000 }),
  "newest first with controlled delay": newestFirstWithControlledDelay,
  "earliest deadline first": earliestDeadlineFirst,
};

/** Calls by age. Those that are no longer pending are skipped. */
class ByAge {
  readonly #calls: (SimulatedCall | undefined)[] = [];
  #first = 0;

  add(call: SimulatedCall): void {
    this.#calls.push(call);
  }

  oldest(): SimulatedCall | undefined {
    while (this.#first < this.#calls.length && this.#calls[this.#first]?.state !== "queued") {
      this.#calls[this.#first] = undefined;
      this.#first += 1;
    }
    return this.#calls[this.#first];
  }

  newest(): SimulatedCall | undefined {
    while (this.#calls.length > this.#first && this.#calls.at(-1)?.state !== "queued") this.#calls.pop();
    return this.#calls.length > this.#first ? this.#calls.at(-1) : undefined;
  }
}

function oldestFirst(): Discipline {
  const pending = new ByAge();
  return { add: (call) => pending.add(call), next: () => pending.oldest() };
}

function newestFirst({ now }: Environment, afterMs: (oldest: SimulatedCall) => number): Discipline {
  const pending = new ByAge();
  return {
    add: (call) => pending.add(call),
    next() {
      const oldest = pending.oldest();
      if (oldest === undefined) return undefined;
      return now() - oldest.startsAt > afterMs(oldest) ? pending.newest() : oldest;
    },
  };
}

/** The queue of this package. */
function ours({ now }: Environment): Discipline {
  const queue = new RequestQueue<SimulatedCall>({
    clock: { now, monotonic: now, random: () => 0, setTimer: () => () => {} },
    connectTimeoutMs: Number.POSITIVE_INFINITY,
    onTimeout: () => {},
  });
  const entries = new WeakMap<SimulatedCall, ReturnType<typeof queue.add>>();
  return {
    add: (call) => entries.set(call, queue.add(call, true)),
    delete(call) {
      const entry = entries.get(call);
      if (entry !== undefined) queue.delete(entry);
    },
    next: () => queue.next(),
  };
}

interface DelayTarget {
  readonly targetMs: number;
  readonly intervalMs: number;
}

/**
 * CoDel as servers use it (folly's `Codel`; its defaults are 5 and 100 ms): when within an interval no call has
 * waited for less than the target, those that have waited for twice the target are refused.
 */
function controlledDelay({ now, refuse }: Environment, { targetMs, intervalMs }: DelayTarget): Discipline {
  const pending = new ByAge();
  let leastMs = Number.POSITIVE_INFINITY;
  let intervalEndsAt = intervalMs;
  let overloaded = false;
  const isTooLate = (waitedMs: number): boolean => {
    if (now() < intervalEndsAt) {
      leastMs = Math.min(leastMs, waitedMs);
      return overloaded && waitedMs > 2 * targetMs;
    }
    overloaded = leastMs > targetMs && leastMs !== Number.POSITIVE_INFINITY;
    leastMs = waitedMs;
    intervalEndsAt = now() + intervalMs;
    return false;
  };
  return {
    add: (call) => pending.add(call),
    next() {
      let call = pending.oldest();
      while (call !== undefined && isTooLate(now() - call.startsAt)) {
        refuse(call);
        call = pending.oldest();
      }
      return call;
    },
  };
}

/**
 * Newest first, and nobody waits for more than 100 ms, or 5 ms once the queue has not been empty for 100 ms: B.
 * Maurer, "Fail at Scale", ACM Queue 13(8), 2015.
 */
function newestFirstWithControlledDelay({ now, refuse }: Environment): Discipline {
  const pending = new ByAge();
  let emptyAt = 0;
  return {
    add: (call) => pending.add(call),
    next() {
      let oldest = pending.oldest();
      if (oldest === undefined) emptyAt = now();
      const limitMs = now() - emptyAt > 100 ? 5 : 100;
      while (oldest !== undefined && now() - oldest.startsAt > limitMs) {
        refuse(oldest);
        oldest = pending.oldest();
      }
      return pending.newest();
    },
  };
}

/** The weight of a new value in the moving averages. */
const SMOOTHING = 0.1;

/**
 * Refuses at once what would not get a stream before its deadline, judging by the rate of completed calls, and later
 * what would be late, judging by how long calls take on their streams.
 */
function earliestDeadlineFirst({ now, refuse }: Environment): Discipline {
  const pending = new MinHeap<SimulatedCall>((call) => call.deadlineAt);
  let size = 0;
  let serviceMs = 0;
  let gapMs = 0;
  let lastDoneAt = 0;
  return {
    add(call) {
      size += 1;
      if (size > 1 && now() + size * gapMs + serviceMs > call.deadlineAt) refuse(call);
      else pending.push(call);
    },
    delete() {
      size -= 1;
    },
    next() {
      const first = () => pending.firstWhere(({ state }) => state === "queued");
      let call = first();
      // Lets the last one through, so that the averages change even if nothing would be in time.
      while (call !== undefined && size > 1 && now() + serviceMs > call.deadlineAt) {
        refuse(call);
        call = first();
      }
      if (call !== undefined) size -= 1;
      return call;
    },
    onSettled({ state, sentAt, endedAt }) {
      // A call that ended before it was done would have taken longer.
      if (state === "done" || endedAt - sentAt > serviceMs) {
        serviceMs += SMOOTHING * (endedAt - sentAt - serviceMs);
      }
      if (state !== "done") return;
      gapMs += SMOOTHING * (endedAt - lastDoneAt - gapMs);
      lastDoneAt = endedAt;
    },
  };
}
