import { AsyncLocalStorage } from "node:async_hooks";
import type { JsonObject } from "@bufbuild/protobuf";
import type { Aggregate } from "./model/aggregate.ts";

/** An event to write: the type and payload that the server's event has. */
export interface NewEvent {
  /** For example `user.human.added`. */
  readonly type: string;
  readonly payload?: JsonObject | undefined;
}

/** An event in the log. */
export interface LoggedEvent extends NewEvent {
  /** For example `user`. */
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly resourceOwner: string;
  /** Numbers the events of the object, from 1. */
  readonly sequence: number;
  /** The id of the user who made the change, or `SYSTEM`. */
  readonly editorId: string;
  /** When its transaction began, in microseconds since the epoch. */
  readonly at: number;
  /** Its position in the transaction, from 1. */
  readonly order: number;
}

/** Which events to find. Omitted or empty fields match all events. */
export interface EventFilter {
  readonly aggregateTypes?: readonly string[] | undefined;
  readonly aggregateId?: string | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly resourceOwner?: string | undefined;
  /** Fields that the payload must have. */
  readonly data?: Readonly<Record<string, string>> | undefined;
  readonly editorId?: string | undefined;
  /** Matches greater sequences in ascending order, smaller ones in descending order. 0 matches all. */
  readonly sequence?: number | undefined;
  /** Created after this time (exclusive), in microseconds since the epoch. */
  readonly after?: number | undefined;
  /** Created before this time (exclusive), in microseconds since the epoch. */
  readonly before?: number | undefined;
  readonly asc: boolean;
  readonly limit: number;
}

/** Returns how many milliseconds the transaction of a write stays open before it commits. */
export type CommitDelay = (write: {
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly type: string;
}) => number;

/** Everything that one RPC call writes. */
interface Transaction {
  readonly editorId: string;
  at?: number;
  events: number;
}

/** The content of a log. */
export interface SavedEvents {
  readonly events: readonly LoggedEvent[];
  readonly sequences: ReadonlyMap<string, number>;
  readonly lastNow: number;
  readonly lastAt: number;
}

/** The log keeps at least this many events, and at most twice as many. */
const KEPT = 100_000;

/** The editor of events that are written outside of a call. */
const SYSTEM = "SYSTEM";

/**
 * All events of the instance, in the order in which the server lists them: by the start of their transaction. Events of
 * a transaction that was open for a while therefore appear before events that were already visible.
 */
export class EventLog {
  readonly #now: () => number;
  readonly #commitDelay: CommitDelay;
  readonly #transaction = new AsyncLocalStorage<Transaction>();
  #events: LoggedEvent[] = [];
  #sequences = new Map<string, number>();
  #lastNow = 0;
  #lastAt = 0;
  #lastSequence = 0;
  #onEvent: ((event: LoggedEvent) => void) | undefined;

  /** `now`: milliseconds since the epoch. */
  constructor(now: () => number, commitDelay: CommitDelay = () => 0) {
    this.#now = now;
    this.#commitDelay = commitDelay;
  }

  /** Saves the content of the log. Events are immutable, so they are not copied. */
  save(): SavedEvents {
    return {
      events: [...this.#events],
      sequences: new Map(this.#sequences),
      lastNow: this.#lastNow,
      lastAt: this.#lastAt,
    };
  }

  /** Restores saved content. */
  restore({ events, sequences, lastNow, lastAt }: SavedEvents): void {
    this.#events = [...events];
    this.#sequences = new Map(sequences);
    this.#lastNow = lastNow;
    this.#lastAt = lastAt;
  }

  /**
   * The sequence of the last event written, about any object. Some responses of the server contain it.
   */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Calls `onEvent` for each event that is written from now on. */
  watch(onEvent: (event: LoggedEvent) => void): void {
    this.#onEvent = onEvent;
  }

  /** Runs a call. All events that it writes, even asynchronously, get this editor and the same time. */
  run<T>(editorId: string, call: () => T): T {
    return this.#transaction.run({ editorId, events: 0 }, call);
  }

  /** Writes an event about an object. */
  append(
    { aggregateType, id: aggregateId, resourceOwner, sequence: last }: Omit<Aggregate, "shown">,
    event: NewEvent,
  ): LoggedEvent {
    const transaction = this.#transaction.getStore() ?? { editorId: SYSTEM, events: 0 };
    const { type, payload } = event;
    transaction.at ??= this.#tick() - this.#commitDelay({ aggregateType, aggregateId, type }) * 1_000;
    transaction.events += 1;
    const key = `${aggregateType} ${aggregateId}`;
    // An object that reuses the id of a removed one continues its sequence.
    const sequence = Math.max(last, this.#sequences.get(key) ?? 0) + 1;
    this.#sequences.set(key, sequence);
    this.#lastSequence = sequence;
    const { at, editorId, events: order } = transaction;
    const logged = {
      aggregateType,
      aggregateId,
      resourceOwner,
      type,
      payload,
      sequence,
      editorId,
      at,
      order,
    };
    this.#insert(logged);
    this.#trim();
    this.#onEvent?.(logged);
    return logged;
  }

  /** Finds the events that match, in the order of the log or, for a single object, by sequence. */
  find(filter: EventFilter): LoggedEvent[] {
    const matches = (event: LoggedEvent): boolean => matchesFilter(event, filter);
    const { aggregateId = "", limit, asc, after = 0, before = Number.POSITIVE_INFINITY } = filter;
    if (aggregateId !== "") {
      const found = this.#events.filter(matches).sort((a, b) => a.sequence - b.sequence);
      return (asc ? found : found.reverse()).slice(0, limit);
    }
    const found: LoggedEvent[] = [];
    const step = asc ? 1 : -1;
    let index = asc
      ? this.#firstIndex(({ at }) => at > after)
      : this.#firstIndex(({ at }) => at >= before) - 1;
    for (; found.length < limit; index += step) {
      const event = this.#events[index];
      if (event === undefined) break;
      if (matches(event)) found.push(event);
    }
    return found;
  }

  /** Finds the newest event that matches. */
  findLast(filter: Omit<EventFilter, "asc" | "limit">): LoggedEvent | undefined {
    return this.find({ ...filter, asc: false, limit: 1 })[0];
  }

  /** Returns the time in microseconds, which differs for each transaction unless the clock is set back. */
  #tick(): number {
    const now = this.#now() * 1_000;
    this.#lastAt = now < this.#lastNow ? now : Math.max(now, this.#lastAt + 1);
    this.#lastNow = now;
    return this.#lastAt;
  }

  /** Inserts an event by its time, which is usually at the end. */
  #insert(event: LoggedEvent): void {
    const behind = this.#events.findLastIndex(
      ({ at, order }) => at < event.at || (at === event.at && order <= event.order),
    );
    this.#events.splice(behind + 1, 0, event);
  }

  #firstIndex(isIn: (event: LoggedEvent) => boolean): number {
    let low = 0;
    for (let high = this.#events.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (isIn(this.#events[middle] as LoggedEvent)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Drops the oldest events in bulk, and the sequences of objects that have no other events. */
  #trim(): void {
    if (this.#events.length < 2 * KEPT) return;
    this.#events = this.#events.slice(-KEPT);
    const kept = new Set(
      this.#events.map(({ aggregateType, aggregateId }) => `${aggregateType} ${aggregateId}`),
    );
    this.#sequences = new Map([...this.#sequences].filter(([key]) => kept.has(key)));
  }
}

function matchesFilter(event: LoggedEvent, filter: EventFilter): boolean {
  const {
    aggregateTypes = [],
    eventTypes = [],
    sequence = 0,
    after = 0,
    before = Number.POSITIVE_INFINITY,
  } = filter;
  const equal = (wanted: string | undefined, value: string): boolean =>
    wanted === undefined || wanted === "" || wanted === value;
  const among = (wanted: readonly string[], value: string): boolean =>
    wanted.length === 0 || wanted.includes(value);
  return (
    among(aggregateTypes, event.aggregateType) &&
    among(eventTypes, event.type) &&
    equal(filter.aggregateId, event.aggregateId) &&
    equal(filter.resourceOwner, event.resourceOwner) &&
    equal(filter.editorId, event.editorId) &&
    Object.entries(filter.data ?? {}).every(([name, value]) => event.payload?.[name] === value) &&
    event.at > after &&
    event.at < before &&
    (sequence === 0 || (filter.asc ? event.sequence > sequence : event.sequence < sequence))
  );
}
