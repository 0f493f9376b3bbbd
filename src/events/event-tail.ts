import { type EventCursor, formatInstant, type Instant } from "./event-cursor.ts";

/** An event, as far as its place in the log goes. */
export interface LogEntry<E> {
  readonly event: E;
  /** Tells it apart from all others. */
  readonly id: string;
  /** The object that it happened to: its events have sequence numbers from 1, without gaps. */
  readonly aggregate: string;
  readonly sequence: bigint;
  /** When the transaction that wrote it began. */
  readonly at: Instant;
}

/** An event whose turn it is. */
export interface ReleasedEvent<E> {
  readonly event: E;
  /** The place behind it. */
  readonly cursor: EventCursor;
}

/** What to ask the server for: its newest event at all, or those created after an instant, the oldest first. */
export type TailRequest =
  | { readonly newest: true }
  | { readonly newest: false; readonly after: Instant; readonly limit: number };

/** Where to begin, and how. */
export interface TailOptions {
  readonly settled: Instant;
  /** The ids of events that were yielded behind `settled`. */
  readonly yielded?: readonly string[] | undefined;
  /** Microseconds. */
  readonly window: number;
  readonly pageSize: number;
  /** The server has no larger pages. */
  readonly maxPageSize: number;
}

/** More events than a page can have were created at one instant. */
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
  /** Infinite while it is known from a cursor only. */
  at: Instant;
}

interface Pending<E> extends LogEntry<E> {
  /** In which order it was read, which tells the events of one transaction apart. */
  readonly order: number;
  /** The pass in which it was first read. */
  readonly pass: number;
}

/** When an event's turn is: by its own time, but not before what precedes it in its object. */
interface Turn<E> {
  readonly entry: Pending<E>;
  readonly at: Instant;
  readonly order: number;
}

/** A reading of the log, page by page, from what is settled to its end. */
interface Pass {
  /** The newest event that was known before its first request: at least so late it was on the server's clock. */
  readonly bound: Instant;
  /** All that was there up to this instant was read. */
  covered: Instant;
  limit: number;
}

/**
 * Decides what to read of a log of events, and when an event's turn is. Reads nothing itself.
 *
 * What it builds on, from Zitadel's event store (`eventstore.push`, SQL of 2024 to 2026):
 *
 * - A1. `created_at` is when the writing transaction **began**; pages are in its order. A transaction becomes visible when
 *   it commits, at most a *window* after it began. So events may appear behind ones that were already answered.
 * - A2. The sequence number of an event is one more than that of the newest event of its object that its transaction can
 *   see, and is unique: the events of one object become visible in the order of their numbers, whatever their times.
 *   One with a greater number may have an earlier time, though, and so be on an earlier page.
 * - A3. An answer leaves out what began after it was asked for.
 *
 * What holds after every step:
 *
 * - I1. *Nothing is lost.* Every event up to `settled` was yielded. `settled` moves over what was read and yielded, and only
 *   up to a window before what the server had answered when the pass began: no transaction was open there any more.
 * - I2. *Nothing is repeated.* Every yielded event behind `settled` is remembered. What is read is either that, or pending.
 * - I3. *Each object in sequence.* An event is yielded right behind those of its object with lower numbers, once all of
 *   them were read. That is known for one of two reasons: everything up to a window after it was read, in a pass that
 *   began later than that (`covered`, `bound`); or it was read in an earlier pass and a whole pass has been made since,
 *   which by A2 has seen all that came before it. For the rest, events are yielded in the order of their times.
 * - I4. *Memory* is bounded by what the server wrote within two windows and a page: a pass that gets further behind
 *   its `bound` is given up for a new one, and so is one that failed.
 */
export class EventTail<E> {
  readonly #options: TailOptions;
  #settled: Instant;
  #newest: Instant = 0;
  /** The yielded ones behind `settled`, in their order. Only appended to, so that cursors can share it. */
  #recent: Yielded[];
  readonly #yielded: Map<string, Yielded>;
  /** By object, in the order of their numbers. */
  readonly #pending = new Map<string, Pending<E>[]>();
  #order = 0;
  #passes = 0;
  #pass: Pass | undefined;
  #atEnd = false;
  /** How many passes have reached the end of the log. */
  #ends = 0;

  constructor(options: TailOptions) {
    this.#options = options;
    this.#settled = options.settled;
    this.#recent = (options.yielded ?? []).map((id) => ({ id, at: Number.POSITIVE_INFINITY }));
    this.#yielded = new Map(this.#recent.map((one) => [one.id, one]));
  }

  /** Whether the last answer was the end of the log: it is time for a pause. */
  get atEnd(): boolean {
    return this.#atEnd && this.#pass === undefined;
  }

  /**
   * Whether all was released that was there before the first request: what was pending at the first end is released by
   * the second, and what is pending then has come in between.
   */
  get hasReachedEnd(): boolean {
    return this.#ends > 1 || (this.#ends > 0 && !this.hasPending);
  }

  /** Whether events were read whose turn only another pass can tell. */
  get hasPending(): boolean {
    return this.#pending.size > 0;
  }

  /** How many events are remembered: pending ones, and yielded ones. */
  get size(): number {
    let pending = 0;
    for (const list of this.#pending.values()) pending += list.length;
    return pending + this.#recent.length;
  }

  /** What to ask for next. */
  next(): TailRequest {
    if (this.#pass === undefined) {
      if (!this.#atEnd) return { newest: true };
      this.#beginPass();
    }
    const { covered: after, limit } = this.#pass as unknown as Pass;
    return { newest: false, after, limit };
  }

  /** Takes the answer to `next()`; returns the events whose turn it is. */
  take(answer: readonly LogEntry<E>[]): ReleasedEvent<E>[] {
    for (const { at } of answer) this.#newest = Math.max(this.#newest, at);
    if (this.#pass === undefined) {
      this.#beginPass();
      return [];
    }
    const pass = this.#pass;
    for (const entry of answer) this.#note(entry);
    const complete = answer.length < pass.limit;
    if (!complete) this.#turnPage(pass, answer);
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

  /** The request failed, or the pass is not worth going on with: begin another one. Nothing is lost. */
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
    // What a cursor has and the log has no more, as it was retained no longer.
    this.#recent = this.#recent.filter(({ at }) => at !== Number.POSITIVE_INFINITY);
    for (const [id, { at }] of this.#yielded) {
      if (at === Number.POSITIVE_INFINITY) this.#yielded.delete(id);
    }
  }

  /** The last instant of a page may go on behind it, so it is read again. */
  #turnPage(pass: Pass, answer: readonly LogEntry<E>[]): void {
    const covered = Math.max(...answer.map(({ at }) => at)) - 1;
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

  /** Takes out of the pending events those whose turn it is: by time, as far as I3 allows. */
  #release(certain: Instant, complete: boolean): Pending<E>[] {
    const turns: Turn<E>[] = [];
    for (const [aggregate, list] of this.#pending) {
      const known = list.findLastIndex(({ at, pass }) => at <= certain || (complete && pass < this.#passes));
      turns.push(...toTurns(list.splice(0, known + 1)));
      if (list.length === 0) this.#pending.delete(aggregate);
    }
    return turns.sort((a, b) => a.at - b.at || a.order - b.order).map(({ entry }) => entry);
  }

  /** A cursor may say as settled what lies before all that is yielded after it. */
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

/** The turns of events of one object, which are in the order of their numbers. */
function toTurns<E>(entries: readonly Pending<E>[]): Turn<E>[] {
  let latest: Turn<E> | undefined;
  return entries.map((entry) => {
    const { at, order } = entry;
    const later = latest === undefined || at > latest.at || (at === latest.at && order > latest.order);
    latest = later ? { entry, at, order } : { ...(latest as Turn<E>), entry };
    return latest;
  });
}

/** Makes its cursor when it is asked for. */
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
