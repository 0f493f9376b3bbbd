import { AsyncLocalStorage } from "node:async_hooks";
import type { JsonObject } from "@bufbuild/protobuf";
import type { Aggregate } from "./model/aggregate.ts";

/** What happened to an object: the type and the data that the server's event of it has. */
export interface NewEvent {
  /** For example `user.human.added`. */
  readonly type: string;
  readonly payload?: JsonObject | undefined;
}

/** An event as the log has it. */
export interface LoggedEvent extends NewEvent {
  /** For example `user`. */
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly resourceOwner: string;
  /** Counts the events of the object, from 1. */
  readonly sequence: number;
  /** Who did it. */
  readonly editorId: string;
  /** When the transaction that wrote it began: microseconds since the epoch. */
  readonly at: number;
  /** Its place among the events of that transaction, from 1. */
  readonly order: number;
}

/** Which events to find. What is left out, or empty, is no condition. */
export interface EventFilter {
  readonly aggregateTypes?: readonly string[] | undefined;
  readonly aggregateId?: string | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly resourceOwner?: string | undefined;
  /** What the data of the event has. */
  readonly data?: Readonly<Record<string, string>> | undefined;
  readonly editorId?: string | undefined;
  /** Greater than this one in ascending order, else less. 0 is no condition. */
  readonly sequence?: number | undefined;
  /** Created later than this. */
  readonly after?: number | undefined;
  /** Created earlier than this. */
  readonly before?: number | undefined;
  readonly asc: boolean;
  readonly limit: number;
}

/** Tells for how many milliseconds the transaction of a write is open before it commits. */
export type CommitDelay = (write: {
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly type: string;
}) => number;

/** A call of an RPC: what it writes is one transaction. */
interface Transaction {
  readonly editorId: string;
  at?: number;
  events: number;
}

/** What a log holds. */
export interface SavedEvents {
  readonly events: readonly LoggedEvent[];
  readonly sequences: ReadonlyMap<string, number>;
  readonly lastNow: number;
  readonly lastAt: number;
}

/** The log keeps at least so many events, and at most twice as many. */
const KEPT = 100_000;

/** Of what is written outside of any call. */
const SYSTEM = "SYSTEM";

/**
 * All that has happened to the objects of the instance, in the order in which the server lists it: by the time at which
 * the transaction that wrote it began. One that was open for a while is thus behind others when it appears.
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

  /** What the log holds, to go back to. Events do not change, and so are not copied. */
  save(): SavedEvents {
    return {
      events: [...this.#events],
      sequences: new Map(this.#sequences),
      lastNow: this.#lastNow,
      lastAt: this.#lastAt,
    };
  }

  /** Goes back, or on, to what was saved. */
  restore({ events, sequences, lastNow, lastAt }: SavedEvents): void {
    this.#events = [...events];
    this.#sequences = new Map(sequences);
    this.#lastNow = lastNow;
    this.#lastAt = lastAt;
  }

  /** Of the event that was written last: what the server tells of a call, be the event of another object than the call's. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Has each event that is written from now on told to `onEvent`. */
  watch(onEvent: (event: LoggedEvent) => void): void {
    this.#onEvent = onEvent;
  }

  /** Runs a call: what it writes, also later on, has this editor and one time. */
  run<T>(editorId: string, call: () => T): T {
    return this.#transaction.run({ editorId, events: 0 }, call);
  }

  /** Writes an event of an object. */
  append(
    { aggregateType, id: aggregateId, resourceOwner, sequence: last }: Omit<Aggregate, "shown">,
    event: NewEvent,
  ): LoggedEvent {
    const transaction = this.#transaction.getStore() ?? { editorId: SYSTEM, events: 0 };
    const { type, payload } = event;
    transaction.at ??= this.#tick() - this.#commitDelay({ aggregateType, aggregateId, type }) * 1_000;
    transaction.events += 1;
    const key = `${aggregateType} ${aggregateId}`;
    // An object with the id of a removed one continues its numbers.
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

  /** In the order of the log; of one object in that of its sequence. */
  find(filter: EventFilter): LoggedEvent[] {
    const matches = (event: LoggedEvent): boolean => fulfills(event, filter);
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

  /** The newest of those that fit. */
  findLast(filter: Omit<EventFilter, "asc" | "limit">): LoggedEvent | undefined {
    return this.find({ ...filter, asc: false, limit: 1 })[0];
  }

  /** Now, in microseconds; no two transactions begin at once, unless the clock is set back. */
  #tick(): number {
    const now = this.#now() * 1_000;
    this.#lastAt = now < this.#lastNow ? now : Math.max(now, this.#lastAt + 1);
    this.#lastNow = now;
    return this.#lastAt;
  }

  /** Mostly at the end. */
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

  /** Forgets the oldest ones, many at a time, and the counts of objects that have no others. */
  #trim(): void {
    if (this.#events.length < 2 * KEPT) return;
    this.#events = this.#events.slice(-KEPT);
    const kept = new Set(
      this.#events.map(({ aggregateType, aggregateId }) => `${aggregateType} ${aggregateId}`),
    );
    this.#sequences = new Map([...this.#sequences].filter(([key]) => kept.has(key)));
  }
}

function fulfills(event: LoggedEvent, filter: EventFilter): boolean {
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
