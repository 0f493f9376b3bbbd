import type { Clock } from "../../shared/clock.ts";
import { NOT_LISTED } from "../context/indexed-list.ts";
import { type Timer, Timers } from "../context/timers.ts";

/**
 * Once the oldest request has waited longer than this, in milliseconds, the newest is served first. Short enough that a
 * batch delays itself rather than the calls after it, long enough that ordinary waits keep their order.
 */
const PRESSURE_MS = 1000;

/** A request in the queue. */
export interface QueueEntry<R> extends Timer {
  readonly request: R;
}

interface Entry<R> extends QueueEntry<R> {
  readonly enqueuedAt: number;
  expiresAt: number;
  /** How much longer it may wait without a connection, in milliseconds. */
  remainingMs: number;
  previous: Entry<R> | undefined;
  next: Entry<R> | undefined;
}

export interface RequestQueueOptions<R> {
  readonly clock: Clock;
  /** How long a request may wait without a connection in total, in milliseconds. */
  readonly connectTimeoutMs: number;
  readonly onTimeout: (request: R) => void;
}

/**
 * Requests that wait for a connection, or for a free stream on one.
 *
 * First in, first out, as long as waits are short. Once the oldest has waited a second, the server is asked for more than it
 * can do, and the newest is served first: those at the front have the least time left, and serving them in order would
 * finish most of them after their deadlines. The old ones are served when the load drops, or end at their deadline. None is
 * refused before that, since a large batch looks like overload. bench/overload.ts shows the difference.
 *
 * Waiting without a connection has a limit, which also applies when connections come and go without serving requests.
 */
export class RequestQueue<R> {
  readonly #options: RequestQueueOptions<R>;
  readonly #timers: Timers<Entry<R>>;
  #oldest: Entry<R> | undefined;
  #newest: Entry<R> | undefined;
  #size = 0;

  constructor(options: RequestQueueOptions<R>) {
    this.#options = options;
    this.#timers = new Timers(options.clock);
  }

  get size(): number {
    return this.#size;
  }

  get isEmpty(): boolean {
    return this.#oldest === undefined;
  }

  /** If `connected`, it waits only for a free stream, until its deadline. */
  add(request: R, connected: boolean): QueueEntry<R> {
    const now = this.#options.clock.monotonic();
    const entry: Entry<R> = {
      request,
      enqueuedAt: now,
      expiresAt: Number.POSITIVE_INFINITY,
      remainingMs: this.#options.connectTimeoutMs,
      previous: this.#newest,
      next: undefined,
      index: NOT_LISTED,
      onExpire: () => {
        this.#unlink(entry);
        this.#options.onTimeout(request);
      },
    };
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.next = entry;
    this.#newest = entry;
    this.#size += 1;
    if (!connected) this.#startTimer(entry, now);
    return entry;
  }

  /** Removes a request. */
  delete(entry: QueueEntry<R>): void {
    this.#remove(entry as Entry<R>);
  }

  /** Removes and returns the request to serve next. */
  next(): R | undefined {
    const entry = this.#isUnderPressure() ? this.#newest : this.#oldest;
    if (entry === undefined) return undefined;
    this.#remove(entry);
    return entry.request;
  }

  onConnected(): void {
    const now = this.#options.clock.monotonic();
    for (let entry = this.#oldest; entry !== undefined; entry = entry.next) this.#stopTimer(entry, now);
  }

  onDisconnected(): void {
    const now = this.#options.clock.monotonic();
    for (let entry = this.#oldest; entry !== undefined; entry = entry.next) {
      if (entry.expiresAt === Number.POSITIVE_INFINITY) this.#startTimer(entry, now);
    }
  }

  #isUnderPressure(): boolean {
    const oldest = this.#oldest;
    return oldest !== undefined && this.#options.clock.monotonic() - oldest.enqueuedAt > PRESSURE_MS;
  }

  #remove(entry: Entry<R>): void {
    this.#timers.delete(entry);
    this.#unlink(entry);
  }

  #unlink(entry: Entry<R>): void {
    const { previous, next } = entry;
    if (previous === undefined) this.#oldest = next;
    else previous.next = next;
    if (next === undefined) this.#newest = previous;
    else next.previous = previous;
    this.#size -= 1;
  }

  #startTimer(entry: Entry<R>, now: number): void {
    entry.expiresAt = now + entry.remainingMs;
    this.#timers.add(entry);
  }

  #stopTimer(entry: Entry<R>, now: number): void {
    if (entry.expiresAt === Number.POSITIVE_INFINITY) return;
    this.#timers.delete(entry);
    entry.remainingMs = entry.expiresAt - now;
    entry.expiresAt = Number.POSITIVE_INFINITY;
  }
}
