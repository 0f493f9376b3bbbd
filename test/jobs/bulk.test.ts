import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { bulk } from "../../src/jobs/bulk.ts";
import { BulkError } from "../../src/jobs/bulk-error.ts";
import type { BulkProgress } from "../../src/jobs/bulk-options.ts";

const numbers = Array.from({ length: 20 }, (_, index) => index);

describe("bulk()", () => {
  it("has the result of each item, in their order", async () => {
    const results = await bulk(numbers, async (n) => {
      for (let turns = 20 - n; turns > 0; turns--) await turn();
      return n * 2;
    });
    assert.deepEqual(
      results.map((result) => result.status === "fulfilled" && result.value),
      numbers.map((n) => n * 2),
    );
    assert.deepEqual(
      results.map(({ item }) => item),
      numbers,
    );
  });

  it("works on no more items at once than it is told", async () => {
    let running = 0;
    let most = 0;
    const worker = async () => {
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
    };
    await bulk(numbers, worker, { concurrency: 3 });
    assert.equal(most, 3);
    await bulk(numbers, worker);
    assert.equal(most, 10);
    await assert.rejects(bulk(numbers, worker, { concurrency: 0 }), TypeError);
  });

  it("takes items only as workers get free", async () => {
    let taken = 0;
    async function* source() {
      for (const n of numbers) {
        taken += 1;
        yield n;
      }
    }
    const ahead: number[] = [];
    await bulk(source(), async (n) => void ahead.push(taken - n), { concurrency: 2 });
    assert.ok(Math.max(...ahead) <= 3, String(ahead));
  });

  it("stops at the first error, having begun no more", async () => {
    const begun: number[] = [];
    const failure = new Error("no");
    const job = bulk(
      numbers,
      async (n, { signal }) => {
        begun.push(n);
        await turn();
        if (n === 4) throw failure;
        if (n === 5) assert.ok(signal.aborted);
      },
      { concurrency: 2 },
    );
    await assert.rejects(job, (error) => {
      assert.ok(error instanceof BulkError);
      assert.equal(error.cause, failure);
      assert.deepEqual(
        error.results.map(({ index }) => index),
        begun.toSorted((a, b) => a - b),
      );
      return true;
    });
    assert.ok(begun.length <= 6);
  });

  it("continues on errors when told to", async () => {
    const results = await bulk(numbers, (n) => (n % 2 ? Promise.reject(new Error(String(n))) : n), {
      onError: "continue",
    });
    assert.deepEqual(
      results.map(({ status }) => status === "rejected"),
      numbers.map((n) => n % 2 === 1),
    );
  });

  it("tells its progress", async () => {
    const seen: BulkProgress[] = [];
    const onProgress = (progress: BulkProgress) => void seen.push(progress);
    await bulk(numbers, (n) => assert.notEqual(n, 3), { onError: "continue", onProgress });
    assert.deepEqual(
      seen.map(({ done }) => done),
      numbers.map((n) => n + 1),
    );
    assert.deepEqual(seen.at(-1), { done: 20, failed: 1, total: 20 });
  });

  it("ends when the signal aborts, with the results up to then", async () => {
    const abort = new AbortController();
    const worker = async (n: number) => {
      await turn();
      if (n === 7) abort.abort(new Error("enough"));
    };
    await assert.rejects(bulk(numbers, worker, { signal: abort.signal, concurrency: 1 }), (error) => {
      assert.ok(error instanceof BulkError);
      assert.match(error.message, /ended early, after 8 items: enough/);
      return true;
    });
  });

  it("fails as its source and its progress callback do", async () => {
    const failing = (async function* () {
      yield 1;
      throw new Error("no more");
    })();
    await assert.rejects(
      bulk(failing, () => {}),
      { name: "BulkError", message: /after 1 items: no more/ },
    );
    const onProgress = () => {
      throw new Error("no terminal");
    };
    await assert.rejects(
      bulk(numbers, () => {}, { onProgress }),
      /no terminal/,
    );
  });
});
