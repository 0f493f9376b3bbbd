import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RunningCalls } from "../../src/transport/context/call-context.ts";
import { faultError } from "../../src/transport/faults.ts";
import { Recovery } from "../../src/transport/retry/recovery.ts";
import { TestClock, turns } from "./support/test-clock.ts";

/** A clock that tells pauses before probes, which keep the process alive, from deadlines. */
class ProbeClock extends TestClock {
  /** How many pauses there are now. */
  pauses = 0;
  probes = true;

  override setTimer(callback: () => void, ms: number, keepAlive?: boolean): () => void {
    if (keepAlive !== true) return super.setTimer(callback, ms);
    if (!this.probes) return () => {};
    this.pauses += 1;
    const end = () => {
      this.pauses -= 1;
    };
    const cancel = super.setTimer(() => {
      end();
      callback();
    }, ms);
    return () => {
      end();
      cancel();
    };
  }
}

/** Calls that wait for the recovery of a server, by number, and how their waits ended. */
class Waits {
  readonly clock = new ProbeClock();
  readonly recovery = new Recovery(this.clock, 10_000);
  readonly outcomes: string[] = [];
  readonly #running = new RunningCalls(this.clock);
  #count = 0;

  start() {
    const number = ++this.#count;
    const context = this.#running.begin(undefined, 0);
    this.recovery.wait(context).then(
      (outcome) => this.outcomes.push(`${number} ${outcome}`),
      (error: unknown) => this.outcomes.push(`${number} ${error === context.ended ? "ended" : error}`),
    );
    return context;
  }

  async take(): Promise<string[]> {
    await turns(1);
    return this.outcomes.splice(0);
  }
}

describe("calls that wait while the server's database is down", () => {
  it("are sent again two for each success, in the order of their arrival", async () => {
    const waits = new Waits();
    for (let i = 0; i < 5; i++) waits.start();
    waits.recovery.succeeded();
    assert.deepEqual(await waits.take(), ["1 recovered", "2 recovered"]);
    waits.recovery.succeeded();
    assert.deepEqual(await waits.take(), ["3 recovered", "4 recovered"]);
    waits.recovery.succeeded();
    assert.deepEqual(await waits.take(), ["5 recovered"]);
    assert.equal(waits.clock.pauses, 0);
    waits.recovery.succeeded();
    assert.deepEqual(await waits.take(), []);
  });

  it("are sent as probes one at a time, after pauses that double up to a second, and start again after a success", async () => {
    const waits = new Waits();
    waits.clock.chance = 1;
    for (let i = 0; i < 8; i++) waits.start();
    const pauses: number[] = [];
    let last = waits.clock.time;
    while (pauses.length < 6) {
      await waits.clock.advance(1);
      const probes = await waits.take();
      if (probes.length === 0) continue;
      assert.deepEqual(probes, [`${pauses.length + 1} probe`]);
      pauses.push(waits.clock.time - last);
      last = waits.clock.time;
    }
    assert.deepEqual(pauses, [100, 200, 400, 800, 1_000, 1_000]);
    waits.recovery.succeeded();
    assert.deepEqual(await waits.take(), ["7 recovered", "8 recovered"]);
    waits.start();
    await waits.clock.advance(100);
    assert.deepEqual(await waits.take(), ["9 probe"]);
  });

  it("stop waiting ten seconds after their start, of which the time before the wait is a part", async () => {
    const waits = new Waits();
    waits.clock.probes = false;
    waits.start();
    await waits.clock.advance(9_999);
    assert.deepEqual(await waits.take(), []);
    await waits.clock.advance(1);
    assert.deepEqual(await waits.take(), ["1 timeout"]);
  });

  it("leave when they end, and take no probe from those that go on", async () => {
    const waits = new Waits();
    waits.clock.chance = 1;
    const first = waits.start();
    waits.start();
    first.end(faultError("aborted", "given up"));
    assert.deepEqual(await waits.take(), ["1 ended"]);
    await waits.clock.advance(100);
    assert.deepEqual(await waits.take(), ["2 probe"]);
    assert.equal(waits.clock.pauses, 0);
    const third = waits.start();
    assert.notEqual(waits.clock.pauses, 0);
    third.end(faultError("aborted", "given up"));
    assert.deepEqual(await waits.take(), ["3 ended"]);
    assert.equal(waits.clock.pauses, 0);
    waits.start();
    await waits.clock.advance(400);
    assert.deepEqual(await waits.take(), ["4 probe"]);
  });
});
