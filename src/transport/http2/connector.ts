import { backoffMs } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { DialError, RECONNECT, toReason } from "../dial/dial-error.ts";
import type { OnTransportEvent } from "../events.ts";

/** After this long, a second attempt is started: the first may be stuck at a server that has since recovered. */
const HEDGE_AFTER_MS = 2000;

export interface ConnectorOptions<T> {
  readonly open: (signal: AbortSignal) => Promise<T>;
  /** How long one attempt may take, in milliseconds. */
  readonly attemptTimeoutMs: number;
  readonly clock: Clock;
  readonly onEvent: OnTransportEvent | undefined;
  readonly onOpened: (opened: T) => void;
  /** An attempt failed. Unless `final`, the next one starts by itself while `isWanted`. */
  readonly onFailed: (error: unknown, final: boolean) => void;
  readonly isWanted: () => boolean;
}

/** The only loop that connects, however many calls are waiting. */
export class Connector<T> {
  readonly #options: ConnectorOptions<T>;
  #failures = 0;
  /** No attempt is made before this time, even if the waiting calls have been replaced by others. */
  #notBefore = 0;
  readonly #attempts = new Set<AbortController>();
  #cancelWait: (() => void) | undefined;
  #cancelHedge: (() => void) | undefined;

  constructor(options: ConnectorOptions<T>) {
    this.#options = options;
  }

  get isConnecting(): boolean {
    return this.#attempts.size > 0 || this.#cancelWait !== undefined;
  }

  /** Ensures that an attempt is in progress. */
  start(): void {
    if (this.isConnecting) return;
    const { clock } = this.#options;
    const waitMs = this.#notBefore - clock.monotonic();
    if (waitMs <= 0) {
      void this.#attempt();
      return;
    }
    const begin = () => {
      this.#cancelWait = undefined;
      void this.#attempt();
    };
    this.#cancelWait = clock.setTimer(begin, waitMs, true);
  }

  /** Calls are no longer waiting. An attempt in progress continues, since the next call will need its connection. */
  pause(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }

  stop(): void {
    this.pause();
    this.#cancelHedge?.();
    for (const attempt of this.#attempts) attempt.abort();
  }

  /** The server works. */
  succeeded(): void {
    this.#failures = 0;
  }

  /**
   * Also called for connections that were opened but never got a response. Returns the delay until the next attempt, in
   * milliseconds.
   */
  failed(): number {
    const { clock } = this.#options;
    this.#failures += 1;
    const delayMs = backoffMs(RECONNECT, this.#failures, clock);
    this.#notBefore = clock.monotonic() + delayMs;
    return delayMs;
  }

  async #attempt(): Promise<void> {
    const { open, attemptTimeoutMs, clock } = this.#options;
    const attempt = new AbortController();
    this.#attempts.add(attempt);
    const tooLong = () => attempt.abort(new Error(`No connection within ${attemptTimeoutMs} ms`));
    const cancelTimer = clock.setTimer(tooLong, attemptTimeoutMs);
    this.#hedge();
    try {
      const opened = await open(attempt.signal);
      this.#onOpened(attempt, opened);
    } catch (error) {
      this.#onFailure(attempt, error);
    } finally {
      cancelTimer();
    }
  }

  #hedge(): void {
    this.#cancelHedge?.();
    const another = () => {
      if (this.#attempts.size > 0 && this.#options.isWanted()) void this.#attempt();
    };
    this.#cancelHedge = this.#options.clock.setTimer(another, HEDGE_AFTER_MS);
  }

  #onOpened(attempt: AbortController, opened: T): void {
    this.#cancelHedge?.();
    this.#attempts.delete(attempt);
    for (const slower of this.#attempts) slower.abort();
    this.#attempts.clear();
    this.#options.onOpened(opened);
  }

  #onFailure(attempt: AbortController, error: unknown): void {
    // It was aborted because another was faster.
    if (!this.#attempts.delete(attempt)) return;
    const { onEvent, onFailed, isWanted } = this.#options;
    const delayMs = this.failed();
    onEvent?.({ type: "connect-failed", reason: toReason(error), delayMs });
    const final = error instanceof DialError;
    onFailed(error, final);
    if (this.#attempts.size > 0) return;
    this.#cancelHedge?.();
    if (isWanted()) this.start();
  }
}
