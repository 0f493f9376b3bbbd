import { type EventCursor, formatInstant, type Instant } from "./event-cursor.ts";

/** The parts of an event that determine its position in the log. */
export interface LogEntry<E> {
  readonly event: E;
  /** Unique. */
  readonly id: string;
  /** The object that the event belongs to. The events of one object are numbered from 1, without gaps. */
  readonly aggregate: string;
  readonly sequence: bigint;
  /** When the transaction that wrote it began. */
  readonly at: Instant;
}

/** An event to yield now. */
export interface ReleasedEvent<E> {
  readonly event: E;
  /** The position after it. */
  readonly cursor: EventCursor;
}

/** What to request from the server: its newest event, or those created after an instant, oldest first. */
export type TailRequest =
  | { readonly newest: true }
  | { readonly newest: false; readonly after: Instant; readonly limit: number };

/** Where to begin, and how to read. */
export interface TailOptions {
  readonly settled: Instant;
  /** The ids of events that were yielded after `settled`. */
  readonly yielded?: readonly string[] | undefined;
  /** Microseconds. */
  readonly window: number;
  readonly pageSize: number;
  /** The server's largest page. */
  readonly maxPageSize: number;
}

/** More events were created at one instant than fit on a page. */
export class OverfullInstant extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "OverfullInstant";
  override readonly name = "OverfullInstant";
  readonly at: Instant;

  constructor(at: Instant) {
    super(`too many events were created at ${formatInstant(at)}`);
    this.at = at;
  }
}

interface Yielded {
  readonly id: string;
  /** Infinite while it is known only from a cursor. */
  at: Instant;
}

interface Pending<E> extends LogEntry<E> {
  /** The order in which it was read, to sort the events of one transaction. */
  readonly order: number;
  /** The pass in which it was first read. */
  readonly pass: number;
}

/** When to yield an event: in the order of times, but not before the earlier events of its object. */
interface Turn<E> {
  readonly entry: Pending<E>;
  readonly at: Instant;
  readonly order: number;
}

/** One pass over the log, page by page, from `settled` to the end. */
interface Pass {
  /** The time of the newest event known before the first request: the server's clock had reached at least that time. */
  readonly bound: Instant;
  /** Everything up to this instant has been read. */
  covered: Instant;
  limit: number;
}

/**
 * Decides what to read from an event log, and when to yield an event. Reads nothing itself.
 *
 * It relies on these properties of Zitadel's event store (`eventstore.push`, SQL of 2024 to 2026):
 *
 * - A1. `created_at` is when the writing transaction **began**; pages are sorted by it. A transaction becomes visible
 *   when it commits, at most a *window* after it began. So events may appear before ones that were already returned.
 * - A2. The sequence number of an event is unique, and one more than that of the newest event of its object that its
 *   transaction can see. So the events of one object become visible in the order of their numbers, whatever their
 *   times. However, one with a greater number may have an earlier time, and so be on an earlier page.
 * - A3. A response omits the events of transactions that began after it was requested.
 *
 * Invariants after every step:
 *
 * - I1. *Nothing is lost.* Every event up to `settled` was yielded. `settled` advances over what was read and yielded,
 *   and only up to a window before the newest event that was known when the pass began: no transaction that began
 *   before then was still open.
 * - I2. *Nothing is repeated.* Every yielded event after `settled` is remembered. Whatever is read is either one of
 *   these, or pending.
 * - I3. *Each object in sequence.* An event is yielded after those of its object with lower numbers, once all of them
 *   have been read. That is certain in two cases: everything up to a window after the event has been read, in a pass
 *   that began later than that (`covered`, `bound`); or the event was read in an earlier pass and a whole pass has been
 *   made since, which by A2 has seen everything before it. Apart from that, events are yielded in the order of their
 *   times.
 * - I4. *Memory* is bounded by what the server wrote within two windows, plus a page: a pass that gets more than a
 *   window past its `bound` is abandoned for a new one, and so is one that fails.
 */
export class EventTail<E> {
  readonly #options: TailOptions;
  #settled: Instant;
  #newest: Instant = 0;
  /** The events yielded after `settled`, in order. Append-only, so that cursors can share it. */
  #recent: Yielded[];
  readonly #yielded: Map<string, Yielded>;
  /** Pending events by object, in the order of their numbers. */
  readonly #pending = new Map<string, Pending<E>[]>();
  #order = 0;
  #passes = 0;
  #pass: Pass | undefined;
  #atEnd = false;
  /** The number of passes that reached the end of the log. */
  #ends = 0;

  constructor(options: TailOptions) {
    this.#options = options;
    this.#settled = options.settled;
    this.#recent = (options.yielded ?? []).map((id) => ({ id, at: Number.POSITIVE_INFINITY }));
    this.#yielded = new Map(this.#recent.map((one) => [one.id, one]));
  }

  /** Whether the last response reached the end of the log, so that it is time for a pause. */
  get atEnd(): boolean {
    return this.#atEnd && this.#pass === undefined;
  }

  /**
   * Whether everything that existed before the first request has been released: the second pass releases what was
   * pending at the end of the first, and whatever is pending after that arrived in between.
   */
  get hasReachedEnd(): boolean {
    return this.#ends > 1 || (this.#ends > 0 && !this.hasPending);
  }

  /** Whether there are events that have been read, but that only another pass can release. */
  get hasPending(): boolean {
    return this.#pending.size > 0;
  }

  /** How many events are remembered, both pending and yielded. */
  get size(): number {
    let pending = 0;
    for (const list of this.#pending.values()) pending += list.length;
    return pending + this.#recent.length;
  }

  /** The next request. */
  next(): TailRequest {
    if (this.#pass === undefined) {
      if (!this.#atEnd) return { newest: true };
      this.#beginPass();
    }
    const { covered: after, limit } = this.#pass as unknown as Pass;
    return { newest: false, after, limit };
  }

  /** Takes the response to `next()`; returns the events to yield. */
  take(page: readonly LogEntry<E>[]): ReleasedEvent<E>[] {
    for (const { at } of page) this.#newest = Math.max(this.#newest, at);
    if (this.#pass === undefined) {
      this.#beginPass();
      return [];
    }
    const pass = this.#pass;
    for (const entry of page) this.#note(entry);
    const complete = page.length < pass.limit;
    if (!complete) this.#turnPage(pass, page);
    const covered = complete ? Number.POSITIVE_INFINITY : pass.covered;
    const { window } = this.#options;
    const certain = Math.min(covered, pass.bound) - window;
    const released = this.#release(certain, complete);
    const settled = Math.min(covered, pass.bound - window, this.#oldestPending - 1);
    const events = this.#cursors(released, Math.max(this.#settled, settled));
    this.#settle(settled);
    if (complete) this.#end();
    else if (pass.covered > pass.bound + window) this.giveUp();
    return events;
  }

  /** Begins another pass, because a request failed or this pass has become too long. Nothing is lost. */
  giveUp(): void {
    this.#pass = undefined;
    this.#atEnd = false;
  }

  #beginPass(): void {
    this.#passes += 1;
    this.#pass = { bound: this.#newest, covered: this.#settled, limit: this.#options.pageSize };
  }

  #end(): void {
    this.#pass = undefined;
    this.#atEnd = true;
    this.#ends += 1;
    // These came from a cursor, and are no longer in the log, since their retention has ended.
    this.#recent = this.#recent.filter(({ at }) => at !== Number.POSITIVE_INFINITY);
    for (const [id, { at }] of this.#yielded) {
      if (at === Number.POSITIVE_INFINITY) this.#yielded.delete(id);
    }
  }

  /** The last instant of a page may continue on the next one, so it is read again. */
  #turnPage(pass: Pass, page: readonly LogEntry<E>[]): void {
    const covered = Math.max(...page.map(({ at }) => at)) - 1;
    if (covered > pass.covered) {
      pass.covered = covered;
      pass.limit = this.#options.pageSize;
      return;
    }
    if (pass.limit >= this.#options.maxPageSize) throw new OverfullInstant(covered + 1);
    pass.limit = Math.min(pass.limit * 2, this.#options.maxPageSize);
  }

  #note(entry: LogEntry<E>): void {
    const yielded = this.#yielded.get(entry.id);
    if (yielded !== undefined) {
      yielded.at = entry.at;
      return;
    }
    if (entry.at <= this.#settled) return;
    const list = this.#pending.get(entry.aggregate) ?? [];
    const place = list.findLastIndex(({ sequence }) => sequence <= entry.sequence);
    if (list[place]?.id === entry.id) return;
    list.splice(place + 1, 0, { ...entry, order: this.#order++, pass: this.#passes });
    this.#pending.set(entry.aggregate, list);
  }

  get #oldestPending(): Instant {
    let oldest = Number.POSITIVE_INFINITY;
    for (const list of this.#pending.values()) for (const { at } of list) oldest = Math.min(oldest, at);
    return oldest;
  }

  /** Removes the events to yield from the pending ones, and returns them sorted by time as far as I3 allows. */
  #release(certain: Instant, complete: boolean): Pending<E>[] {
    const turns: Turn<E>[] = [];
    for (const [aggregate, list] of this.#pending) {
      const known = list.findLastIndex(({ at, pass }) => at <= certain || (complete && pass < this.#passes));
      turns.push(...toTurns(list.splice(0, known + 1)));
      if (list.length === 0) this.#pending.delete(aggregate);
    }
    return turns.sort((a, b) => a.at - b.at || a.order - b.order).map(({ entry }) => entry);
  }

  /** A cursor may treat everything as settled that is before the events yielded after it. */
  #cursors(released: readonly LogEntry<E>[], settled: Instant): ReleasedEvent<E>[] {
    const recent = this.#recent;
    const begin = recent.length;
    for (const { id, at } of released) {
      const yielded = { id, at };
      recent.push(yielded);
      this.#yielded.set(id, yielded);
    }
    const events: ReleasedEvent<E>[] = [];
    let before = settled;
    for (let index = released.length - 1; index >= 0; index--) {
      const { event, at } = released[index] as LogEntry<E>;
      events.push(new Released(event, before, recent, begin + index + 1));
      before = Math.min(before, at - 1);
    }
    return events.reverse();
  }

  #settle(settled: Instant): void {
    if (settled <= this.#settled) return;
    this.#settled = settled;
    this.#recent = this.#recent.filter(({ at }) => at > settled);
    for (const [id, { at }] of this.#yielded) if (at <= settled) this.#yielded.delete(id);
  }
}

/** When to yield the events of one object, in the order of their numbers. */
function toTurns<E>(entries: readonly Pending<E>[]): Turn<E>[] {
  let latest: Turn<E> | undefined;
  return entries.map((entry) => {
    const { at, order } = entry;
    const later = latest === undefined || at > latest.at || (at === latest.at && order > latest.order);
    latest = later ? { entry, at, order } : { ...(latest as Turn<E>), entry };
    return latest;
  });
}

/** Creates its cursor on demand. */
class Released<E> implements ReleasedEvent<E> {
  readonly event: E;
  readonly #settled: Instant;
  readonly #recent: readonly Yielded[];
  readonly #count: number;

  constructor(event: E, settled: Instant, recent: readonly Yielded[], count: number) {
    this.event = event;
    this.#settled = settled;
    this.#recent = recent;
    this.#count = count;
  }

  get cursor(): EventCursor {
    const later = this.#recent.slice(0, this.#count).filter(({ at }) => at > this.#settled);
    return { after: formatInstant(this.#settled), except: later.map(({ id }) => id) };
  }
}
