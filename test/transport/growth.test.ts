import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Growth } from "../../src/transport/http2/growth.ts";
import { TestClock } from "./support/test-clock.ts";

/** Sessions of which it notes when they are opened, in milliseconds after the first request waited. */
function createGrowth(state: { wanted?: boolean; opening?: boolean; streams?: number } = {}) {
  const clock = new TestClock();
  const start = clock.time;
  const opened: number[] = [];
  const sessions = { wanted: true, opening: false, streams: 1, ...state };
  const growth = new Growth({
    clock,
    isWanted: () => sessions.wanted,
    isOpening: () => sessions.opening,
    countStreams: () => sessions.streams,
    open: () => opened.push(clock.time - start),
  });
  return { clock, growth, opened, sessions };
}

describe("Growth", () => {
  it("opens a session each 100 ms while requests wait, by one timer however many they are", async () => {
    const { clock, growth, opened, sessions } = createGrowth();
    for (let requests = 0; requests < 50; requests++) growth.onFull();
    assert.equal(clock.pending, 1);
    await clock.advance(350);
    assert.deepEqual(opened, [100, 200, 300]);
    sessions.wanted = false;
    await clock.advance(1000);
    assert.deepEqual([opened.length, clock.pending], [3, 0]);
  });

  it("opens none while one is being opened", async () => {
    const { clock, growth, opened, sessions } = createGrowth({ opening: true });
    growth.onFull();
    await clock.advance(299);
    sessions.opening = false;
    await clock.advance(1);
    assert.deepEqual(opened, [300]);
  });

  it("starts over once no request has waited for a while", async () => {
    const { clock, growth, opened } = createGrowth();
    growth.onFull();
    await clock.advance(99);
    growth.stop();
    growth.onFull();
    await clock.advance(99);
    assert.deepEqual(opened, []);
    await clock.advance(1);
    assert.deepEqual(opened, [199]);
  });

  it("opens none for a server that has 100 streams and takes more than a second for a call", async () => {
    // By Little's law 100 streams that take a second each end at 10 in 100 ms.
    for (const [streams, endedIn100Ms, expected] of [
      [100, 9, []],
      [100, 10, [100]],
      [99, 0, [100]],
    ] as const) {
      const { clock, growth, opened } = createGrowth({ streams });
      growth.onFull();
      for (let ended = 0; ended < endedIn100Ms; ended++) growth.onStreamEnd();
      await clock.advance(100);
      assert.deepEqual(opened, expected, `${endedIn100Ms} of ${streams} streams`);
    }
  });

  it("judges a server by the calls of about a second, not by those before", async () => {
    const { clock, growth, opened } = createGrowth({ streams: 100 });
    growth.onFull();
    for (let ended = 0; ended < 200; ended++) growth.onStreamEnd();
    await clock.advance(3000);
    assert.deepEqual([opened[0], opened.at(-1), opened.length], [100, 1100, 11]);
  });

  it("has a session to spare unless a request has waited since the last one was opened", async () => {
    const { clock, growth } = createGrowth();
    assert.equal(growth.hasSpare(), false);
    growth.onOpened();
    assert.equal(growth.hasSpare(), true);
    await clock.advance(1);
    growth.onFull();
    assert.equal(growth.hasSpare(), false);
    await clock.advance(1);
    growth.onOpened();
    assert.equal(growth.hasSpare(), true);
  });
});
