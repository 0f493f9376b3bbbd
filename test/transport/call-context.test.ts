import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { type CallContext, RunningCalls, sleepWithin } from "../../src/transport/context/call-context.ts";
import { NOT_LISTED } from "../../src/transport/context/indexed-list.ts";
import { type Timer, Timers } from "../../src/transport/context/timers.ts";
import { faultError } from "../../src/transport/faults.ts";
import { TestClock } from "./support/test-clock.ts";

function start(timeoutMs = 0, signal?: AbortSignal) {
  const clock = new TestClock();
  const running = new RunningCalls(clock);
  return { clock, running, context: running.begin(signal, timeoutMs) };
}

/** How often a context has told a listener of its end. */
function listen(context: CallContext) {
  const listener = {
    ends: 0,
    onContextEnd() {
      this.ends += 1;
    },
  };
  context.onEnd(listener);
  return listener;
}

const reason = faultError("closed", "the first reason");

describe("the context of a call", () => {
  it("has ended from the start if the caller's signal was aborted before, and its own signal with it", () => {
    const { context } = start(0, AbortSignal.abort());
    assert.equal(context.ended?.code, Code.Canceled);
    assert.equal(context.signal.aborted, true);
    assert.equal(context.signal.reason, context.ended);
  });

  it("ends once, for the first reason, and tells its listeners and its signal", async () => {
    const { context, clock } = start(1_000);
    const listener = listen(context);
    const { signal } = context;
    context.end(reason);
    context.end(faultError("aborted", "another reason"));
    await clock.advance(2_000);
    assert.deepEqual([context.ended, signal.reason, listener.ends], [reason, reason, 1]);
  });

  it("tells no listener that was removed, and all others", () => {
    const { context } = start();
    const [first, second] = [listen(context), listen(context)];
    context.offEnd({ onContextEnd: () => assert.fail("was never added") });
    context.offEnd(first);
    context.end(reason);
    assert.deepEqual([first.ends, second.ends], [0, 1]);
  });

  it("that settles ends what still runs for it, and after a failure its signal", () => {
    const succeeded = start().context;
    succeeded.settle(false);
    assert.equal(succeeded.ended, undefined);
    const failed = start().context;
    failed.settle(true);
    assert.equal(failed.ended?.code, Code.Canceled);
    const left = start().context;
    const listener = listen(left);
    left.settle(false);
    assert.deepEqual([left.ended?.code, listener.ends], [Code.Canceled, 1]);
  });

  it("that has finished ends neither by its deadline nor by the caller, and holds no timer", async () => {
    const controller = new AbortController();
    const { context, clock, running } = start(1_000, controller.signal);
    context.finish();
    controller.abort();
    running.close();
    await clock.advance(2_000);
    assert.equal(context.ended, undefined);
    assert.equal(clock.pending, 0);
  });

  it("ends when the client is closed, and at once if that was before", () => {
    const { context, running } = start();
    running.close();
    assert.match(String(context.ended), /The client is closed/);
    assert.match(String(running.begin(undefined, 0).ended), /The client is closed/);
  });

  it("knows its own signal", () => {
    const { context } = start();
    const other = new AbortController().signal;
    assert.equal(context.owns(other), false);
    assert.deepEqual([context.owns(context.signal), context.owns(other)], [true, false]);
  });

  it("that is linked to another ends with it, for its reason, even if that had ended before", () => {
    const { context } = start();
    const child = context.linked(new AbortController().signal);
    context.end(reason);
    assert.equal(child.ended, reason);
    assert.equal(context.linked(new AbortController().signal).ended, reason);
  });

  it("that is linked has a signal of its own, and the deadline of the other", async () => {
    const controller = new AbortController();
    const { context, clock } = start(1_000);
    const child = context.linked(controller.signal);
    const sibling = context.linked(new AbortController().signal);
    controller.abort();
    assert.deepEqual([child.ended?.code, context.ended], [Code.Canceled, undefined]);
    await clock.advance(400);
    assert.equal(sibling.remainingMs(), 600);
    await clock.advance(600);
    assert.equal(sibling.ended?.code, Code.DeadlineExceeded);
    const late = context.linked(new AbortController().signal);
    assert.equal(late.ended, context.ended);
    const unlimited = start().context.linked(new AbortController().signal);
    assert.equal(unlimited.remainingMs(), Number.POSITIVE_INFINITY);
  });

  it("is not ended by one that was linked to it and has finished", () => {
    const { context } = start();
    context.linked(new AbortController().signal).finish();
    context.settle(false);
    assert.equal(context.ended, undefined);
  });

  it("names a TimeoutError of the caller's signal a deadline, and passes on a ConnectError", () => {
    const endedBy = (why: unknown) => start(0, AbortSignal.abort(why)).context.ended;
    assert.equal(endedBy(new DOMException("too late", "TimeoutError"))?.code, Code.DeadlineExceeded);
    assert.equal(endedBy(new Error("too late"))?.code, Code.Canceled);
    assert.equal(endedBy("TimeoutError")?.rawMessage, "The call was aborted");
    const aborted = new Error("too late");
    assert.equal(endedBy(aborted)?.cause, aborted);
    const own = new ConnectError("own", Code.DataLoss);
    assert.equal(endedBy(own), own);
  });

  it("ends a pause, which leaves no timer and no listener behind in either case", async () => {
    const { context, clock } = start();
    const paused = sleepWithin(context, 100, clock);
    await clock.advance(100);
    await paused;
    context.settle(false);
    assert.deepEqual([context.ended, clock.pending], [undefined, 0]);
    const ended = start();
    const rejected = assert.rejects(sleepWithin(ended.context, 100, ended.clock), reason);
    ended.context.end(reason);
    await rejected;
    assert.equal(ended.clock.pending, 0);
  });
});

describe("timers", () => {
  /** Something that is done to a timer, and how much time passes then. */
  const step = fc.record({ timer: fc.nat(5), ms: fc.constantFrom(0, 1, 7, 40, Infinity), wait: fc.nat(30) });

  for (const requestBound of [false, true]) {
    it(`expire once, in time, unless they are deleted${requestBound ? ", each with its own on some platforms" : ""}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
          const clock = Object.assign(new TestClock(), { requestBound });
          const timers = new Timers<Timer>(clock);
          const due = new Map<number, { timer: Timer; at: number }>();
          const expired: [id: number, at: number][] = [];
          const expected: [id: number, at: number][] = [];
          for (const { timer: id, ms, wait } of steps) {
            const known = due.get(id);
            if (known === undefined) {
              const at = clock.time + ms;
              const onExpire = () => expired.push([id, clock.time]);
              const timer = { index: NOT_LISTED, expiresAt: at, onExpire };
              timers.add(timer);
              due.set(id, { timer, at });
            } else {
              timers.delete(known.timer);
              due.delete(id);
            }
            const until = clock.time + wait;
            const ended = [...due].filter(([, { at }]) => Math.max(at, clock.time + 1) <= until);
            for (const [id, { at }] of ended) {
              expected.push([id, Math.max(at, clock.time + 1)]);
              due.delete(id);
            }
            await clock.advance(wait);
          }
          const sorted = (list: [number, number][]) => list.toSorted((a, b) => a[1] - b[1] || a[0] - b[0]);
          assert.deepEqual(sorted(expired), sorted(expected));
        }),
        { numRuns: 50 },
      );
    });
  }

  it("do not expire when the expiry of another, at the same time, has deleted them", async () => {
    const clock = new TestClock();
    const timers = new Timers<Timer>(clock);
    const expired: number[] = [];
    const pair: Timer[] = [0, 1].map((number) => ({
      index: NOT_LISTED,
      expiresAt: clock.time + 10,
      onExpire() {
        expired.push(number);
        for (const timer of pair) timers.delete(timer);
      },
    }));
    for (const timer of pair) timers.add(timer);
    await clock.advance(20);
    assert.equal(expired.length, 1);
  });

  it("share one of the event loop, which is not moved when one is deleted", async () => {
    const clock = new TestClock();
    const timers = new Timers<Timer>(clock);
    const all = [30, 10, 20, 10].map((ms) => ({
      index: NOT_LISTED,
      expiresAt: clock.time + ms,
      onExpire: () => {},
    }));
    for (const timer of all) timers.add(timer);
    assert.deepEqual([clock.pending, clock.timersSet, timers.pending().length], [1, 2, 4]);
    for (const timer of all.slice(1)) timers.delete(timer);
    assert.deepEqual([clock.pending, clock.timersSet, timers.pending().length], [1, 2, 1]);
    await clock.advance(10);
    assert.deepEqual([clock.pending, clock.timersSet], [1, 3]);
    await clock.advance(20);
    assert.deepEqual([clock.pending, timers.pending().length], [0, 0]);
  });
});
