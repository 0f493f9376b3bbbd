import type { Clock } from "../../shared/clock.ts";
import type { WaitReason } from "../call.ts";
import { isRefusedHere, NothingListensError, toReason } from "../dial/dial-error.ts";

/** Why there is no session. */
export interface ConnectFailure {
  readonly reason: "timeout" | "final" | "closed";
  readonly message: string;
  readonly cause?: unknown;
}

export interface OutageOptions {
  readonly origin: string;
  /** How long a request waits for a connection, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** The same for a port of this machine that has refused every connection so far. */
  readonly refusedTimeoutMs: number;
  readonly clock: Clock;
}

/** Knows why there is no connection, and whether to wait for one. */
export class Outage {
  readonly #options: OutageOptions;
  /** Why the last attempt to connect failed, unless there has been a connection since. */
  #lastError: unknown;
  /** Since when requests have been waiting. */
  #waitingSince = 0;
  #wasConnected = false;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** The first of the waiting requests has begun to wait. */
  onWaiting(): void {
    this.#waitingSince = this.#options.clock.monotonic();
  }

  onConnected(): void {
    this.#lastError = undefined;
    this.#wasConnected = true;
  }

  /** An attempt to connect has failed. Returns why requests should stop waiting, if they should. */
  onFailed(error: unknown, final: boolean): ConnectFailure | undefined {
    const { origin } = this.#options;
    this.#lastError = error;
    if (final) {
      return { reason: "final", message: `Cannot connect to ${origin}: ${toReason(error)}`, cause: error };
    }
    if (!this.#isPointless(error)) return undefined;
    const cause = new NothingListensError(origin, error);
    return { reason: "timeout", message: cause.message, cause };
  }

  /** The failure of a request that has waited too long. */
  toTimeout(): ConnectFailure {
    const { origin, connectTimeoutMs } = this.#options;
    const why = this.#lastError === undefined ? "" : `: ${toReason(this.#lastError)}`;
    const message = `No connection to ${origin} within ${connectTimeoutMs} ms${why}`;
    return { reason: "timeout", message, cause: this.#lastError };
  }

  /** Why requests are waiting, if an attempt has failed. */
  whyWaiting(): WaitReason | undefined {
    if (this.#lastError === undefined) return undefined;
    const message = `no connection to ${this.#options.origin}: ${toReason(this.#lastError)}`;
    return { connected: false, message, cause: this.#lastError };
  }

  /** Whether requests have waited long enough for a port on which nothing has ever listened. */
  #isPointless(error: unknown): boolean {
    const { clock, refusedTimeoutMs } = this.#options;
    if (this.#wasConnected || !isRefusedHere(error)) return false;
    return clock.monotonic() - this.#waitingSince >= refusedTimeoutMs;
  }
}
