import { Code } from "@connectrpc/connect";
import { isZitadelError } from "../errors/guards.ts";
import { callBack } from "../shared/call-back.ts";
import type { Clock } from "../shared/clock.ts";

/** How long a permanent error is treated as transient, once a call has succeeded. */
const PATIENCE_MS = 60_000;

const PERMANENT: readonly Code[] = [
  Code.InvalidArgument,
  Code.NotFound,
  Code.PermissionDenied,
  Code.FailedPrecondition,
  Code.OutOfRange,
  Code.Unimplemented,
  Code.Unauthenticated,
];

/** Decides when to poll next. Never rejects because of the signal, which only ends pauses. */
export class PollSchedule {
  readonly #clock: Clock;
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #signal: AbortSignal | undefined;
  #pauseMs: number;
  #passBegan: number;
  #lastSuccess: number | undefined;
  #confirming = false;
  #woken = false;
  #endPause = (): void => {};

  constructor(
    clock: Clock,
    { minPollMs, maxPollMs }: { readonly minPollMs: number; readonly maxPollMs: number },
    signal: AbortSignal | undefined,
  ) {
    this.#clock = clock;
    this.#minMs = minPollMs;
    this.#maxMs = maxPollMs;
    this.#signal = signal;
    this.#pauseMs = minPollMs;
    this.#passBegan = clock.monotonic();
  }

  /** A call succeeded, and may have returned events. */
  succeeded(events: boolean): void {
    this.#lastSuccess = this.#clock.monotonic();
    if (events) this.#pauseMs = this.#minMs;
  }

  /**
   * Waits before the next pass. If only another pass can release events that were read, that pass follows at once, but
   * not twice in a row. After a long pass over a busy log, the pause is as long as the pass, up to the longest pause.
   */
  async afterPass(hasPending: boolean): Promise<void> {
    if (hasPending) this.#pauseMs = this.#minMs;
    this.#confirming = hasPending && !this.#confirming;
    if (!this.#confirming) {
      const took = this.#clock.monotonic() - this.#passBegan;
      await this.#pause(Math.max(this.#pauseMs, Math.min(took, this.#maxMs)));
    }
    this.#passBegan = this.#clock.monotonic();
  }

  /** Waits before the next attempt; rejects with the error if there should be none. */
  async afterFailure(error: unknown, onRetry: ((error: unknown) => unknown) | undefined): Promise<void> {
    if (this.#isFinal(error)) throw error;
    if (onRetry !== undefined) callBack(() => onRetry(error));
    await this.#pause(this.#pauseMs);
    this.#passBegan = this.#clock.monotonic();
  }

  /** Ends the current pause; if there is none, skips the next one. */
  wake(): void {
    this.#woken = true;
    this.#pauseMs = this.#minMs;
    this.#endPause();
  }

  #isFinal(error: unknown): boolean {
    if (!isZitadelError(error) || error.code === Code.Canceled) return true;
    if (!PERMANENT.includes(error.code)) return false;
    return this.#lastSuccess === undefined || this.#clock.monotonic() - this.#lastSuccess >= PATIENCE_MS;
  }

  async #pause(ms: number): Promise<void> {
    this.#pauseMs = Math.min(this.#pauseMs * 2, this.#maxMs);
    if (!this.#woken && this.#signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const stopTimer = this.#clock.setTimer(resolve, ms, true);
        this.#endPause = () => {
          stopTimer();
          resolve();
        };
        this.#signal?.addEventListener("abort", this.#endPause, { once: true });
      });
      this.#signal?.removeEventListener("abort", this.#endPause);
    }
    this.#woken = false;
  }
}
