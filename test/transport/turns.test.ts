import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CallPriority } from "../../src/shared/priority.ts";
import { RunningCalls } from "../../src/transport/context/call-context.ts";
import { Turns } from "../../src/transport/pace/turns.ts";
import { turns as settled, TestClock } from "./support/test-clock.ts";

function createTurns(limit: number) {
  const clock = new TestClock();
  const running = new RunningCalls(clock);
  const gate = { limit, pauseMs: 0, gone: 0, waitMs: () => gate.pauseMs, onGo: () => void gate.gone++ };
  const turns = new Turns(gate, clock);
  const went: string[] = [];
  const take = async (name: string, priority: CallPriority = "interactive", signal?: AbortSignal) => {
    await turns.take(running.begin(signal, 0), priority).then(
      () => went.push(name),
      () => went.push(`not ${name}`),
    );
  };
  return { clock, gate, turns, went, take };
}

describe("Turns", () => {
  it("gives each turn that ends to the interactive call that has waited longest, then to a background call", async () => {
    const { turns, went, take } = createTurns(1);
    void take("running");
    void take("batch", "background");
    void take("first");
    void take("second");
    for (let ended = 0; ended < 3; ended++) {
      await settled();
      turns.end("interactive");
    }
    await settled();
    assert.deepEqual(went, ["running", "first", "second", "batch"]);
    assert.deepEqual([turns.inFlight, turns.waiting], [1, 0]);
  });

  it("gives background calls four of five turns at most, and at least one", async () => {
    for (const [limit, most] of [
      [1, 1],
      [2, 1],
      [5, 4],
      [10, 8],
    ] as const) {
      const { turns, take } = createTurns(limit);
      for (let calls = 0; calls < limit; calls++) void take("batch", "background");
      assert.deepEqual([turns.inFlight, turns.waiting], [most, limit - most]);
    }
  });

  it("asks again after the wait that its gate wants, and counts each call that goes", async () => {
    const { clock, gate, turns, take } = createTurns(10);
    gate.pauseMs = 70;
    void take("first");
    void take("second");
    await clock.advance(69);
    assert.deepEqual([turns.inFlight, gate.gone], [0, 0]);
    gate.pauseMs = 0;
    await clock.advance(1);
    assert.deepEqual([turns.inFlight, gate.gone], [2, 2]);
  });

  it("asks four times a second for a limit above 0 while no call is in flight", async () => {
    const { clock, gate, turns, take } = createTurns(0);
    void take("first");
    await clock.advance(250);
    gate.limit = 1;
    await clock.advance(249);
    assert.equal(turns.inFlight, 0);
    await clock.advance(1);
    assert.equal(turns.inFlight, 1);
  });

  it("lets the next call go when one that waited ends", async () => {
    const { gate, turns, went, take } = createTurns(1);
    const controller = new AbortController();
    void take("running");
    void take("aborted", "interactive", controller.signal);
    void take("next");
    gate.limit = 2;
    controller.abort();
    await settled();
    assert.deepEqual(went.toSorted(), ["next", "not aborted", "running"]);
    assert.deepEqual([turns.inFlight, turns.waiting], [2, 0]);
  });
});
