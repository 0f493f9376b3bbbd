import type { Clock } from "../../shared/clock.ts";

/** While requests wait for a stream, another session is opened after this many milliseconds. */
const GROW_AFTER_MS = 100;
/**
 * With this many streams, and calls that take longer than this many milliseconds, the server is the bottleneck. More
 * streams would only slow down running calls, and move the queue to the server, where order and deadlines do not count.
 */
const ENOUGH_STREAMS = 100;
const SLOW_MS = 1000;

/** How {@link Growth} sees and opens sessions. */
export interface GrowthOptions {
  readonly clock: Clock;
  /** Whether requests wait, and there may be another session. */
  readonly isWanted: () => boolean;
  /** Whether a session is being opened. */
  readonly isOpening: () => boolean;
  readonly countStreams: () => number;
  readonly open: () => void;
}

/** Decides when another session is opened: while requests keep waiting for a stream, and streams are the bottleneck. */
export class Growth {
  readonly #options: GrowthOptions;
  #openedAt = Number.NEGATIVE_INFINITY;
  /** When requests last waited for a stream on all sessions. */
  #fullAt = Number.NEGATIVE_INFINITY;
  /** How many streams have ended; how many had ended at the last check, and when that was. */
  #ended = 0;
  #endedBefore = 0;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(options: GrowthOptions) {
    this.#options = options;
  }

  /** A session was opened. */
  onOpened(): void {
    this.#openedAt = this.#options.clock.monotonic();
  }

  onStreamEnd(): void {
    this.#ended += 1;
  }

  /** Whether no request has waited for a stream since the last session was opened. */
  hasSpare(): boolean {
    return this.#fullAt < this.#openedAt;
  }

  /** A request waits for a stream. */
  onFull(): void {
    const { clock, isWanted } = this.#options;
    this.#fullAt = clock.monotonic();
    if (this.#cancelTimer !== undefined || !isWanted()) return;
    if (this.#fullAt - this.#checkedAt > SLOW_MS) this.#startCheck();
    this.#cancelTimer = clock.setTimer(() => this.#grow(), GROW_AFTER_MS);
  }

  /** Requests are no longer waiting. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #grow(): void {
    const { isWanted, isOpening, open } = this.#options;
    this.#cancelTimer = undefined;
    if (!isWanted()) return;
    if (!isOpening() && !this.#isServerSlow()) open();
    this.onFull();
  }

  /** By Little's law: while all streams are in use, their number and throughput show how long calls take. */
  #isServerSlow(): boolean {
    const elapsedMs = this.#options.clock.monotonic() - this.#checkedAt;
    const streams = this.#options.countStreams();
    return streams >= ENOUGH_STREAMS && streams * elapsedMs > SLOW_MS * (this.#ended - this.#endedBefore);
  }

  #startCheck(): void {
    this.#checkedAt = this.#options.clock.monotonic();
    this.#endedBefore = this.#ended;
  }
}
