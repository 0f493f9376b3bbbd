import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { EventCursor } from "../../src/events/event-cursor.ts";
import { EventTail, OverfullInstant } from "../../src/events/event-tail.ts";
import {
  findProblem,
  follow,
  isPossible,
  type ModelEntry,
  type ModelEvent,
  modelLog,
  type Run,
  respondAt,
  type Transaction,
} from "./support/model-log.ts";

const WINDOW = 2;
const OBJECTS = ["a", "b"];

/**
 * Every log of so many transactions that begin at 1 to `until` and are open for at most the window. The first is of the first
 * object, since the names of objects are interchangeable.
 */
function* logs(
  transactions: number,
  until: number,
  from = 1,
  objects = OBJECTS.slice(0, 1),
): Generator<Transaction[]> {
  if (transactions === 0) yield [];
  else {
    for (const first of transactionsFrom(from, until, objects)) {
      for (const rest of logs(transactions - 1, until, first.begin, OBJECTS)) yield [first, ...rest];
    }
  }
}

function* transactionsFrom(from: number, until: number, objects: readonly string[]): Generator<Transaction> {
  for (let begin = from; begin <= until; begin++) {
    for (let commit = begin; commit <= begin + WINDOW; commit++) {
      for (const object of objects) {
        for (const hidden of [false, true]) yield { begin, commit, aggregates: [object], hidden };
      }
    }
  }
}

/** How the server's clock moves while requests are made: it stands still, advances, jumps, or both. */
const STEPS = [() => 0, () => 1, () => 2, (request: number) => (request % 2) * 3];

/** Every way to follow a log. */
function* runs(): Generator<Run> {
  for (const pageSize of [1, 2, 3]) {
    for (const step of STEPS) {
      for (const delay of [0, 1]) yield { window: WINDOW, pageSize, start: 1, step, delay };
    }
  }
}

/** A cursor after it was stored in a database. */
function stored(cursor: EventCursor): EventCursor {
  return JSON.parse(JSON.stringify(cursor)) as EventCursor;
}

/** Follows a log, and resumes from the cursor of each event; counts the runs. */
function check(transactions: readonly Transaction[], run: Run): number {
  const log = modelLog(transactions);
  const { yielded } = follow(log, run);
  const names = yielded.map(({ name }) => name);
  const context = (): string => JSON.stringify({ transactions, run: { ...run, step: String(run.step) } });
  const problem = findProblem(log, names);
  assert.equal(problem, undefined, problem && `${problem} ${context()}`);
  for (const [index, { cursor, now }] of yielded.entries()) {
    const again = follow(log, { ...run, start: now, from: stored(cursor) }).yielded.map(({ name }) => name);
    const problem = findProblem(log, [...names.slice(0, index + 1), ...again]);
    assert.equal(problem, undefined, problem && `after event ${index}: ${problem} ${context()}`);
  }
  return 1 + yielded.length;
}

describe("the tail of a log of events", () => {
  it("loses none, repeats none and keeps each object's order, in every log of three transactions", (t) => {
    let checked = 0;
    for (let count = 0; count <= 3; count++) {
      for (const transactions of logs(count, 3)) {
        if (!isPossible(transactions)) continue;
        for (const run of runs()) checked += check(transactions, run);
      }
    }
    t.diagnostic(`${checked} runs`);
    assert.ok(checked > 250_000);
  });

  it("loses none even if any one or two of its requests fail", () => {
    for (const transactions of logs(2, 3)) {
      if (!isPossible(transactions)) continue;
      for (const pageSize of [1, 2]) {
        for (let failing = 0; failing < 6; failing++) {
          const fails = (request: number): boolean => request === failing || request === failing + 2;
          check(transactions, { window: WINDOW, pageSize, start: 1, step: () => 1, fails });
        }
      }
    }
  });

  it("loses none in larger logs, with many events at one instant, however the clock moves", () => {
    const transaction = fc
      .record({
        begin: fc.integer({ min: 1, max: 60 }),
        lag: fc.integer({ min: 0, max: 8 }),
        aggregates: fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 4 }),
        hidden: fc.boolean(),
      })
      .map(({ lag, ...rest }) => ({ ...rest, commit: rest.begin + lag }));
    fc.assert(
      fc.property(
        fc.array(transaction, { maxLength: 40 }),
        // With a clock that stands still forever, events that are written late never appear.
        fc
          .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 })
          .filter((steps) => steps.some((step) => step > 0)),
        fc.record({ pageSize: fc.integer({ min: 1, max: 9 }), delay: fc.integer({ min: 0, max: 2 }) }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }),
        (transactions, steps, { pageSize, delay }, failures) => {
          fc.pre(isPossible(transactions));
          const step = (request: number): number => steps[request % steps.length] ?? 0;
          const fails = (request: number): boolean => failures[request] === true;
          check(transactions, { window: 8, pageSize, delay, start: 1, step, fails });
        },
      ),
      { numRuns: 300 },
    );
  });

  it("loses a transaction that is open for longer than the window, which shows that these tests can fail", () => {
    const log = modelLog([
      { begin: 1, commit: 12, aggregates: ["a"] },
      { begin: 2, commit: 2, aggregates: ["b"] },
      { begin: 7, commit: 7, aggregates: ["b"] },
    ]);
    const { yielded } = follow(log, { window: WINDOW, pageSize: 5, start: 1, step: () => 1 });
    assert.deepEqual(
      yielded.map(({ name }) => name),
      ["b1", "b2"],
    );
  });

  it("remembers at most two windows and a page, however long the log is, or how fast it grows", () => {
    const transactions = Array.from({ length: 5_000 }, (_, index) => ({
      begin: index + 1,
      commit: index + 1 + ((index * 7) % 50),
      aggregates: [`object-${index % 700}`],
      hidden: index % 3 === 0,
    }));
    const log = modelLog(transactions);
    for (const step of [0, 30, 120]) {
      const tail = new EventTail<ModelEvent>({ settled: 0, window: 50, pageSize: 40, maxPageSize: 1_000 });
      let yielded = 0;
      for (let now = step === 0 ? 10_000 : 1; now < 6_000 || !tail.atEnd || tail.hasPending; now += step) {
        yielded += tail.take(respondAt(log, now, now, tail.next())).length;
        assert.ok(tail.size <= 2 * 50 + 40, `${tail.size} at ${now}`);
      }
      assert.equal(yielded, log.filter(({ event }) => !event.hidden).length);
    }
  });

  it("fails where an instant has more events than fit on a page, rather than lose one or loop", () => {
    const log = modelLog([{ begin: 3, commit: 3, aggregates: Array.from({ length: 9 }, (_, n) => `o${n}`) }]);
    const tail = new EventTail<ModelEvent>({ settled: 0, window: 5, pageSize: 2, maxPageSize: 8 });
    const read = (): void => {
      for (let request = 0; request < 20; request++) tail.take(respondAt(log, 9, 9, tail.next()));
    };
    assert.throws(read, (error) => error instanceof OverfullInstant && error.at === 3);
  });

  it("has small cursors while it catches up, and cursors with a whole window at the end", () => {
    const log: ModelEntry[] = modelLog(
      Array.from({ length: 100 }, (_, index) => ({
        begin: 10 * index + 10,
        commit: 10 * index + 10,
        aggregates: ["a"],
      })),
    );
    const { yielded } = follow(log, { window: 55, pageSize: 20, start: 2_000, step: () => 1 });
    const sizes = yielded.map(({ cursor }) => cursor.except.length);
    assert.deepEqual([sizes.length, Math.max(...sizes.slice(0, 80)), sizes.at(-1)], [100, 0, 6]);
  });
});
