import { backoffMs } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { DialError, RECONNECT, toReason } from "../dial/dial-error.ts";
import type { OnTransportEvent } from "../events.ts";

/** A second attempt is made beside one that has taken this long: it may be stuck at a server that has since recovered. */
const HEDGE_AFTER_MS = 2000;

export interface ConnectorOptions<T> {
  readonly open: (signal: AbortSignal) => Promise<T>;
  /** How long one attempt may take, in milliseconds. */
  readonly attemptTimeoutMs: number;
  readonly clock: Clock;
  readonly onEvent: OnTransportEvent | undefined;
  readonly onOpened: (opened: T) => void;
  /** An attempt failed. Unless `final`, the next one comes by itself, as long as it `isWanted`. */
  readonly onFailed: (error: unknown, final: boolean) => void;
  readonly isWanted: () => boolean;
}

/** The one loop that connects, however many calls wait for it. */
export class Connector<T> {
  readonly #options: ConnectorOptions<T>;
  #failures = 0;
  /** No attempt before this moment, even if the calls that waited have gone and others came. */
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

  /** Makes sure that an attempt is under way. */
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

  /** Nobody waits any more. An attempt that has begun goes on, since the next call will want its connection. */
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
   * To be called also for connections that were opened and then served nobody. Returns the delay until the next
   * attempt, in milliseconds.
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
    // It was given up for one that was faster.
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
