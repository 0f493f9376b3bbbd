import { type EventCursor, parseInstant } from "../../../src/events/event-cursor.ts";
import { EventTail, type LogEntry, type TailRequest } from "../../../src/events/event-tail.ts";

/** A transaction of the model: when it begins and commits, and the objects of its events. */
export interface Transaction {
  readonly begin: number;
  readonly commit: number;
  readonly aggregates: readonly string[];
  /** Whether a filter excludes its events, which still have sequences. */
  readonly hidden?: boolean | undefined;
}

/** An event of the model, by name: object and number. */
export interface ModelEvent {
  readonly name: string;
  readonly commit: number;
  readonly hidden: boolean;
}

export type ModelEntry = LogEntry<ModelEvent>;

/**
 * A log like that of Zitadel's event store: in the order in which transactions began, visible once they are
 * committed, numbered by object in the order of commits.
 */
export function modelLog(transactions: readonly Transaction[]): ModelEntry[] {
  const sequences = new Map<string, bigint>();
  const byCommit = transactions.map((one, index) => ({ ...one, index })).sort((a, b) => a.commit - b.commit);
  const entries = byCommit.flatMap(({ begin, commit, aggregates, hidden = false, index }) =>
    aggregates.map((aggregate, inTransaction) => {
      const sequence = (sequences.get(aggregate) ?? 0n) + 1n;
      sequences.set(aggregate, sequence);
      const name = `${aggregate}${sequence}`;
      return {
        event: { name, commit, hidden },
        id: name,
        aggregate,
        sequence,
        at: begin,
        index,
        inTransaction,
      };
    }),
  );
  return entries.sort((a, b) => a.at - b.at || a.inTransaction - b.inTransaction || a.index - b.index);
}

/** Two transactions cannot write the same number: one of an object commits before the next one of it. */
export function isPossible(transactions: readonly Transaction[]): boolean {
  const commits = transactions.flatMap(({ aggregates, commit }) =>
    [...new Set(aggregates)].map((aggregate) => `${aggregate}${commit}`),
  );
  return new Set(commits).size === commits.length;
}

/** The server's response: what was committed at `now`, and had begun when it was requested. */
export function respondAt(
  log: readonly ModelEntry[],
  now: number,
  asked: number,
  request: TailRequest,
): ModelEntry[] {
  const visible = log.filter(({ event, at }) => event.commit <= now && at <= asked);
  if (request.newest) return visible.slice(-1);
  return visible.filter(({ event, at }) => !event.hidden && at > request.after).slice(0, request.limit);
}

export interface Run {
  readonly window: number;
  readonly pageSize: number;
  readonly from?: EventCursor | undefined;
  /** The server's clock at the first request. */
  readonly start: number;
  /** How far the clock advances with the nth request. */
  readonly step: (request: number) => number;
  /** How long the server takes from the request to its query. Default: no time. */
  readonly delay?: number | undefined;
  /** Whether the nth request fails. */
  readonly fails?: ((request: number) => boolean) | undefined;
}

export interface Yielded {
  readonly name: string;
  readonly cursor: EventCursor;
  /** The server's clock. */
  readonly now: number;
}

const PATIENCE = 400;

/** Follows a log until all of it was written and the tail has reached its end twice since. */
export function follow(
  log: readonly ModelEntry[],
  run: Run,
): { yielded: Yielded[]; requests: number; size: number } {
  const { window, pageSize, from } = run;
  const settled = from === undefined ? -1 : parseInstant(from.after);
  const tail = new EventTail<ModelEvent>({
    settled,
    yielded: from?.except,
    window,
    pageSize,
    maxPageSize: log.length + 1,
  });
  const end = Math.max(0, ...log.map(({ event }) => event.commit));
  const yielded: Yielded[] = [];
  let now = run.start;
  let size = 0;
  for (let request = 0, ends = 0; ; request++) {
    if (request > PATIENCE) throw new Error("no end");
    const asked = tail.next();
    if (run.fails?.(request)) tail.giveUp();
    else {
      for (const { event, cursor } of tail.take(respondAt(log, now, now - (run.delay ?? 0), asked))) {
        yielded.push({ name: event.name, cursor, now });
      }
      size = Math.max(size, tail.size);
    }
    if (tail.atEnd && now - (run.delay ?? 0) >= end && !tail.hasPending && ++ends > 1)
      return { yielded, requests: request + 1, size };
    now += run.step(request) + (tail.atEnd ? 1 : 0);
  }
}

/** What is wrong with what was yielded; undefined if nothing is. */
export function findProblem(log: readonly ModelEntry[], names: readonly string[]): string | undefined {
  const expected = log.filter(({ event }) => !event.hidden);
  const missing = expected.filter(({ event }) => !names.includes(event.name));
  if (missing.length > 0) return `lost ${missing.map(({ event }) => event.name)}`;
  if (new Set(names).size !== names.length) return `repeated in ${names}`;
  const last = new Map<string, bigint>();
  for (const name of names) {
    const { aggregate, sequence } = log.find(({ event }) => event.name === name) ?? {
      aggregate: "",
      sequence: 0n,
    };
    if (sequence < (last.get(aggregate) ?? 0n)) return `out of sequence: ${names}`;
    last.set(aggregate, sequence);
  }
  return undefined;
}
