import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SingleFlight } from "../../src/shared/single-flight.ts";
import { TestClock } from "../transport/support/test-clock.ts";

class BoundClock extends TestClock {
  readonly requestBound = true;
}

/** Work whose runs a test settles; those that it never settles ended with their request. */
function work() {
  const runs: PromiseWithResolvers<string>[] = [];
  const begin = () => {
    const run = Promise.withResolvers<string>();
    runs.push(run);
    return run.promise;
  };
  return { runs, begin };
}

for (const clock of [new TestClock(), new BoundClock()]) {
  describe(`a single flight ${clock instanceof BoundClock ? "where promises end with requests" : "on Node"}`, () => {
    it("is shared by all callers while it runs, and starts again afterwards", async () => {
      const { runs, begin } = work();
      const flight = new SingleFlight<string>(clock);
      const all = [flight.run(begin), flight.run(begin), flight.run(begin)];
      runs[0]?.resolve("a");
      assert.deepEqual(await Promise.all(all), ["a", "a", "a"]);
      const next = flight.run(begin);
      runs[1]?.resolve("b");
      assert.equal(await next, "b");
      assert.deepEqual([runs.length, clock.pending], [2, 0]);
    });

    it("fails for all callers alike", async () => {
      const { runs, begin } = work();
      const flight = new SingleFlight<string>(clock);
      const all = [flight.run(begin), flight.run(begin)];
      runs[0]?.reject(new Error("no"));
      for (const one of all) await assert.rejects(one, /no/);
      assert.equal(runs.length, 1);
    });
  });
}

describe("a single flight that ended with its request", () => {
  it("is replaced by one run for those who waited, a second later", async () => {
    const clock = new BoundClock();
    const { runs, begin } = work();
    const flight = new SingleFlight<string>(clock);
    void flight.run(begin);
    const waiting = [flight.run(begin), flight.run(begin)];
    await clock.advance(999);
    assert.equal(runs.length, 1);
    await clock.advance(1);
    assert.equal(runs.length, 2);
    runs[1]?.resolve("b");
    assert.deepEqual(await Promise.all(waiting), ["b", "b"]);
    assert.equal(clock.pending, 0);
  });

  it("is replaced immediately where the runtime reports it", async () => {
    const clock = new BoundClock();
    const flight = new SingleFlight<string>(clock);
    // A promise of a request that has ended: waiting for it throws, and it never settles itself.
    const gone: Promise<string> = Object.assign(new Promise<string>(() => {}), {
      // biome-ignore lint/suspicious/noThenProperty: it has to behave like a promise
      finally: () => ({ then: () => Promise.reject(new Error("created by a request that has since ended")) }),
    });
    void flight.run(() => gone);
    assert.equal(await flight.run(async () => "own"), "own");
    assert.equal(clock.time, new BoundClock().time);
  });

  it("does not end the run that has replaced it, if it settles after all", async () => {
    const clock = new BoundClock();
    const { runs, begin } = work();
    const flight = new SingleFlight<string>(clock);
    const first = flight.run(begin);
    const second = flight.run(begin);
    await clock.advance(1000);
    runs[0]?.resolve("late");
    assert.equal(await first, "late");
    const third = flight.run(begin);
    runs[1]?.resolve("b");
    assert.deepEqual(await Promise.all([second, third]), ["b", "b"]);
    assert.equal(runs.length, 2);
  });
});
