import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { batches } from "../src/batches.ts";
import { progressBar } from "../src/progress-bar.ts";

describe("batches()", () => {
  const NEVER = 2 ** 30;

  it("groups what comes at the same time, up to the size of a batch", async () => {
    async function* source() {
      yield* [1, 2, 3, 4, 5];
    }
    const grouped: number[][] = [];
    for await (const batch of batches(source(), { size: 2, gatherMs: NEVER, idleMs: NEVER }))
      grouped.push(batch);
    assert.deepEqual(grouped, [[1, 2], [3, 4], [5]]);
  });

  it("does not wait for a batch to be full, and tells when nothing comes", async () => {
    async function* source() {
      yield 1;
      await new Promise(() => {});
    }
    const grouped: number[][] = [];
    for await (const batch of batches(source(), { size: 2, gatherMs: 0, idleMs: 0 })) {
      grouped.push(batch);
      if (grouped.length === 3) break;
    }
    assert.deepEqual(grouped, [[1], [], []]);
  });

  it("fails as its source does, when it is asked for more", async () => {
    async function* source() {
      yield 1;
      throw new Error("no more");
    }
    const grouped = batches(source(), { size: 1, gatherMs: NEVER, idleMs: NEVER });
    assert.deepEqual((await grouped.next()).value, [1]);
    await new Promise(setImmediate);
    await assert.rejects(grouped.next(), /no more/);
  });
});

describe("progressBar()", () => {
  /** What it writes, second by second. */
  function written(isTTY: boolean, done: readonly number[]): string[] {
    const lines: string[] = [];
    let now = 0;
    const output = { isTTY, write: (text: string) => lines.push(text) > 0 };
    const show = progressBar(output, () => now);
    for (const count of done) {
      show({ done: count, total: 100 });
      now += 1_000;
    }
    return lines;
  }

  it("is drawn on a terminal, with the rate and the time that is left", () => {
    const [first, second, last] = written(true, [0, 20, 100]);
    assert.equal(first, `\r${"░".repeat(30)} 0 of 100\x1b[K`);
    assert.equal(second, `\r${"█".repeat(6)}${"░".repeat(24)} 20 of 100, 20 a second, 4 s left\x1b[K`);
    assert.equal(last, `\r${"█".repeat(30)} 100 of 100, 50 a second, 0 s left\x1b[K\n`);
  });

  it("counts the rate from where a copy goes on", () => {
    assert.match(written(true, [50, 60]).at(-1) ?? "", / 60 of 100, 10 a second, 4 s left/);
  });

  it("is a line every ten seconds elsewhere, and one at the end", () => {
    const seconds = Array.from({ length: 25 }, (_, second) => second);
    assert.deepEqual(written(false, [...seconds, 100, 100]), [
      "copied 10 of 100, 1 a second, 90 s left\n",
      "copied 20 of 100, 1 a second, 80 s left\n",
      "copied 100 of 100, 4 a second, 0 s left\n",
    ]);
  });
});
