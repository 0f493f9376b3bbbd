import { type Backoff, backoffMs } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import type { CallContext } from "../context/call-context.ts";
import { NOT_LISTED } from "../context/indexed-list.ts";
import { type Timer, Timers } from "../context/timers.ts";

/** The delays between probes. */
export const PROBE: Backoff = { minMs: 50, baseMs: 100, maxMs: 1000 };
/**
 * How many waiting calls each success releases, so that a server that has just recovered does not get all of them at once.
 */
const RELEASED_BY_SUCCESS = 2;

/** How the wait ended: the call is to be sent as a `probe`, the server has `recovered`, or it took too long (`timeout`). */
export type WaitOutcome = "probe" | "recovered" | "timeout";

interface Waiting extends Timer {
  leave(outcome: WaitOutcome): void;
}

/**
 * Makes reads wait while the server's database is in trouble. One at a time is retried as a probe, so waiting adds almost
 * no load. When any call succeeds, the others follow, two for each success.
 */
export class Recovery {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #timers: Timers<Waiting>;
  /** In order of arrival. */
  readonly #waiting = new Set<Waiting>();
  #probes = 0;
  #cancelProbe: (() => void) | undefined;

  /** `timeoutMs`: how long a call waits, in milliseconds from its start. */
  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#timers = new Timers(clock);
  }

  /** Rejects if the context ends first. */
  wait(context: CallContext): Promise<WaitOutcome> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#timers.delete(waiting);
        this.#waiting.delete(waiting);
        context.offEnd(listener);
        if (this.#waiting.size === 0) this.#stopProbing();
      };
      const waiting: Waiting = {
        index: NOT_LISTED,
        expiresAt: context.startedAt + this.#timeoutMs,
        onExpire: () => waiting.leave("timeout"),
        leave(outcome) {
          stop();
          resolve(outcome);
        },
      };
      const listener = {
        onContextEnd() {
          stop();
          reject(context.ended);
        },
      };
      context.onEnd(listener);
      this.#timers.add(waiting);
      this.#waiting.add(waiting);
      this.#probeLater();
    });
  }

  /** A call has succeeded. */
  succeeded(): void {
    this.#probes = 0;
    for (let i = 0; i < RELEASED_BY_SUCCESS && this.#waiting.size > 0; i++) this.#release("recovered");
  }

  #probeLater(): void {
    if (this.#cancelProbe !== undefined) return;
    const probe = () => {
      this.#cancelProbe = undefined;
      this.#release("probe");
      if (this.#waiting.size > 0) this.#probeLater();
    };
    this.#probes += 1;
    this.#cancelProbe = this.#clock.setTimer(probe, backoffMs(PROBE, this.#probes, this.#clock), true);
  }

  #stopProbing(): void {
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
  }

  /** Releases the one that has waited longest. */
  #release(outcome: WaitOutcome): void {
    for (const waiting of this.#waiting) {
      waiting.leave(outcome);
      return;
    }
  }
}
