import type { Clock } from "../../shared/clock.ts";
import { NOT_LISTED } from "../context/indexed-list.ts";
import { type Timer, Timers } from "../context/timers.ts";

/**
 * When the oldest request has waited longer than this, in milliseconds, the newest one is served first. Short, so that
 * a batch delays itself and not the calls after it; long enough that ordinary waits keep their order.
 */
const PRESSURE_MS = 1000;

/** A request's place in the queue. */
export interface QueueEntry<R> extends Timer {
  readonly request: R;
}

interface Entry<R> extends QueueEntry<R> {
  readonly enqueuedAt: number;
  expiresAt: number;
  /** How much longer it may be without a connection, in milliseconds. */
  patienceMs: number;
  previous: Entry<R> | undefined;
  next: Entry<R> | undefined;
}

export interface RequestQueueOptions<R> {
  readonly clock: Clock;
  /** How long a request may be without a connection, in milliseconds, in all. */
  readonly patienceMs: number;
  readonly onImpatient: (request: R) => void;
}

/**
 * Requests that wait for a connection, or for room on one.
 *
 * The first to come is served first, as long as nobody waits for long. Once the oldest has waited a second, more is
 * asked for than the server does, and the newest is served first: those at the front have the least time left, and a
 * server that serves them in order finishes most of them too late for their deadlines. The old ones are served when
 * the pressure has gone, or end at their deadline; none is refused before, since a large batch looks like overload.
 * bench/overload.ts shows the difference.
 *
 * While there is no connection, waiting has a limit, which also counts when connections come and go without serving
 * anybody.
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

  /** `connected`: it waits for room only, and for that until its deadline. */
  add(request: R, connected: boolean): QueueEntry<R> {
    const now = this.#options.clock.monotonic();
    const entry: Entry<R> = {
      request,
      enqueuedAt: now,
      expiresAt: Number.POSITIVE_INFINITY,
      patienceMs: this.#options.patienceMs,
      previous: this.#newest,
      next: undefined,
      index: NOT_LISTED,
      onExpire: () => {
        this.#unlink(entry);
        this.#options.onImpatient(request);
      },
    };
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.next = entry;
    this.#newest = entry;
    this.#size += 1;
    if (!connected) this.#startTimer(entry, now);
    return entry;
  }

  /** Takes a request out. */
  delete(entry: QueueEntry<R>): void {
    this.#remove(entry as Entry<R>);
  }

  /** Takes out the request that is to be served next. */
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
    entry.expiresAt = now + entry.patienceMs;
    this.#timers.add(entry);
  }

  #stopTimer(entry: Entry<R>, now: number): void {
    if (entry.expiresAt === Number.POSITIVE_INFINITY) return;
    this.#timers.delete(entry);
    entry.patienceMs = entry.expiresAt - now;
    entry.expiresAt = Number.POSITIVE_INFINITY;
  }
}
