import { type Backoff, backoffMs } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { DialError } from "../dial/dial-error.ts";
import type { OnTransportEvent } from "../events.ts";

/** How fast attempts to connect follow each other. */
export const RECONNECT: Backoff = { baseMs: 50, maxMs: 1000 };

export interface ConnectorOptions<T> {
  readonly open: (signal: AbortSignal) => Promise<T>;
  /** How long one try may take, in milliseconds. */
  readonly tryTimeoutMs: number;
  readonly clock: Clock;
  readonly onEvent: OnTransportEvent | undefined;
  readonly onOpened: (opened: T) => void;
  /** A try failed. Unless `final`, the next one comes by itself, as long as it `isWanted`. */
  readonly onFailed: (error: unknown, final: boolean) => void;
  readonly isWanted: () => boolean;
}

/** The one loop that connects, however many calls wait for it. */
export class Connector<T> {
  readonly #options: ConnectorOptions<T>;
  #failures = 0;
  /** No try before this moment, even if the calls that waited have gone and others came. */
  #notBefore = 0;
  #running: AbortController | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(options: ConnectorOptions<T>) {
    this.#options = options;
  }

  /** Sees to it that a try is under way. */
  start(): void {
    if (this.#running !== undefined || this.#cancelTimer !== undefined) return;
    const { clock } = this.#options;
    const wait = this.#notBefore - clock.monotonic();
    if (wait <= 0) return void this.#try();
    this.#cancelTimer = clock.setTimer(
      () => {
        this.#cancelTimer = undefined;
        void this.#try();
      },
      wait,
      true,
    );
  }

  /** Nobody waits any more. A try that has begun goes on, since the next call will want its connection. */
  pause(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  stop(): void {
    this.pause();
    this.#running?.abort();
  }

  /** The server works. */
  succeeded(): void {
    this.#failures = 0;
  }

  /**
   * To be told of connections too that were opened and then were no good. Returns the delay until the next
   * try.
   */
  failed(): number {
    const { clock } = this.#options;
    this.#failures += 1;
    const delay = backoffMs(RECONNECT, this.#failures, clock);
    this.#notBefore = clock.monotonic() + delay;
    return delay;
  }

  async #try(): Promise<void> {
    const { open, tryTimeoutMs, clock, onOpened } = this.#options;
    const controller = new AbortController();
    this.#running = controller;
    const tooLong = () => controller.abort(new Error(`No connection within ${tryTimeoutMs} ms`));
    const cancelTimer = clock.setTimer(tooLong, tryTimeoutMs, false);
    try {
      const opened = await open(controller.signal);
      this.#running = undefined;
      onOpened(opened);
    } catch (error) {
      this.#running = undefined;
      this.#onFailure(error);
    } finally {
      cancelTimer();
    }
  }

  #onFailure(error: unknown): void {
    const { onEvent, onFailed, isWanted } = this.#options;
    const delayMs = this.failed();
    onEvent?.({ type: "connect-failed", reason: reasonOf(error), delayMs });
    onFailed(error, error instanceof DialError);
    if (isWanted()) this.start();
  }
}

/** Node gives the reasons of several addresses in one error without a message. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join("; ");
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${reasonOf(error.cause)}` : error.message;
}
