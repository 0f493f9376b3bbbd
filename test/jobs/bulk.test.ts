import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { inspect } from "node:util";
import { BulkError, bulk } from "../../src/jobs/bulk.ts";
import { type BulkProgress, Throughput } from "../../src/jobs/progress.ts";

const numbers = Array.from({ length: 20 }, (_, index) => index);

describe("bulk()", () => {
  it("returns the result of each item, in order", async () => {
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

  it("works on at most as many items at once as its concurrency", async () => {
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
    await assert.rejects(bulk(numbers, worker, { concurrency: 0 }), {
      name: "TypeError",
      message: "bulk(): concurrency is 0; expected an integer of at least 1",
    });
  });

  it("takes an item only when a worker is free", async () => {
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

  it("stops at the first error, and starts no more", async () => {
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

  it("prints none of its results where nobody catches its error", async () => {
    const work = (n: number) => (n === 5 ? Promise.reject(new Error("no")) : Promise.resolve(`result ${n}`));
    const error = await bulk(numbers, work).catch((error: unknown) => error);
    assert.ok(error instanceof BulkError && error.results.length > 0);
    assert.doesNotMatch(inspect(error, { customInspect: false, depth: 5 }), /results|result 1/);
  });

  it("continues after errors if configured", async () => {
    const results = await bulk(numbers, (n) => (n % 2 ? Promise.reject(new Error(String(n))) : n), {
      onError: "continue",
    });
    assert.deepEqual(
      results.map(({ status }) => status === "rejected"),
      numbers.map((n) => n % 2 === 1),
    );
  });

  it("reports its progress", async () => {
    const seen: BulkProgress[] = [];
    const onProgress = (progress: BulkProgress) => void seen.push(progress);
    await bulk(numbers, (n) => assert.notEqual(n, 3), { onError: "continue", onProgress });
    assert.deepEqual(
      seen.map(({ done }) => done),
      numbers.map((n) => n + 1),
    );
    const { perSecond, ...last } = seen.at(-1) ?? assert.fail();
    assert.deepEqual(last, { done: 20, failed: 1, total: 20, remainingMs: 0 });
    assert.ok(perSecond > 0);
  });

  it("knows the total if the source does, or if it is passed", async () => {
    const findTotal = async (items: Iterable<unknown>, total?: number): Promise<number | undefined> => {
      const seen: BulkProgress[] = [];
      await bulk(items, () => {}, { total, onProgress: (progress) => void seen.push(progress) });
      return seen[0]?.total;
    };
    assert.equal(await findTotal(new Set(numbers)), 20);
    assert.equal(await findTotal(new Map([[1, 2]])), 1);
    assert.equal(await findTotal(numbers.values()), undefined);
    assert.equal(await findTotal(numbers.values(), 20), 20);
  });

  it("ends when the signal aborts, with the results so far", async () => {
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

  it("ends immediately when the signal aborts while its source hangs", async () => {
    const abort = new AbortController();
    const source = (async function* () {
      yield 1;
      abort.abort(new Error("enough"));
      await new Promise(() => {});
      yield 2;
    })();
    await assert.rejects(
      bulk(source, () => {}, { signal: abort.signal }),
      { name: "BulkError", message: /after 1 items: enough/ },
    );
  });

  it("ends immediately when a worker fails while its source hangs", async () => {
    const source = (async function* () {
      yield 1;
      await new Promise(() => {});
    })();
    await assert.rejects(
      bulk(source, async () => {
        await turn();
        throw new Error("no");
      }),
      { name: "BulkError", message: /after 1 items: no/ },
    );
  });

  it("waits for running workers when it ends early", async () => {
    const ended: number[] = [];
    const worker = async (n: number) => {
      if (n === 2) throw new Error("no");
      for (let turns = 0; turns < 10; turns++) await turn();
      ended.push(n);
    };
    await assert.rejects(bulk(numbers, worker, { concurrency: 3 }), (error) => {
      assert.ok(error instanceof BulkError);
      const statuses = error.results.map(({ status }) => status);
      assert.deepEqual(statuses, ["fulfilled", "fulfilled", "rejected"]);
      return true;
    });
    assert.deepEqual(ended, [0, 1]);
  });

  it("closes its source when it ends early, even if that fails", async () => {
    for (const closing of [() => Promise.reject(new Error("stuck")), () => new Promise(() => {})]) {
      let closed = 0;
      const source = {
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: false as const, value: 1 }),
          return: () => {
            closed += 1;
            return closing() as Promise<IteratorResult<number>>;
          },
        }),
      };
      await assert.rejects(
        bulk(source, () => Promise.reject(new Error("no"))),
        /: no$/,
      );
      assert.equal(closed, 1);
    }
  });

  it("does not start if the signal has already aborted", async () => {
    const job = bulk(numbers, () => assert.fail(), { signal: AbortSignal.abort(new Error("before")) });
    await assert.rejects(job, { name: "BulkError", message: /after 0 items: before/ });
  });

  it("requests one item at a time from its source", async () => {
    let asked = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        index: 0,
        async next() {
          asked += 1;
          assert.equal(asked, 1);
          await turn();
          asked -= 1;
          return { done: this.index === 20, value: this.index++ };
        },
      }),
    };
    assert.equal((await bulk(source, turn)).length, 20);
  });

  it("rejects with the error of its source or its progress callback", async () => {
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

  it("rejects with the error of an asynchronous progress callback, and waits for it", async () => {
    let calls = 0;
    const onProgress = async () => {
      calls += 1;
      await turn();
      if (calls === 5) throw new Error("no space");
    };
    const job = bulk(numbers, () => {}, { onProgress, concurrency: 1, onError: "continue" });
    await assert.rejects(job, { name: "BulkError", message: /after 5 items: no space/ });
  });
});

describe("the throughput of a bulk job", () => {
  /** The throughput after items with these durations, in milliseconds. */
  function measure(durations: readonly number[]): Throughput {
    let now = 1_000;
    const throughput = new Throughput(() => now);
    for (const ms of durations) {
      now += ms;
      throughput.count();
    }
    return throughput;
  }
  const isAbout = (actual: number, expected: number): void =>
    assert.ok(Math.abs(actual - expected) < expected * 0.02, `${actual}, not ${expected}`);

  it("is exact from the first item if all items take equally long", () => {
    for (const ms of [1, 100, 60_000]) {
      for (const count of [1, 2, 1_000]) isAbout(measure(Array(count).fill(ms)).perSecond, 1_000 / ms);
    }
  });

  it("counts items that finish at the same time", () => {
    isAbout(measure(Array.from({ length: 5_000 }, (_, n) => (n % 10 === 0 ? 100 : 0))).perSecond, 100);
  });

  it("follows a server that becomes slower", () => {
    isAbout(measure([...Array(10_000).fill(10), ...Array(1_200).fill(100)]).perSecond, 10);
  });

  it("estimates the remaining time as soon as any time has passed", () => {
    assert.equal(measure([]).remainingMs(10), undefined);
    assert.equal(measure([0]).remainingMs(10), undefined);
    assert.equal(measure([0]).perSecond, 0);
    isAbout(measure([200]).remainingMs(10) ?? 0, 2_000);
    assert.equal(measure([200]).remainingMs(0), 0);
  });
});
