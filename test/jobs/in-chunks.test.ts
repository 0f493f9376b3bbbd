import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { inChunks } from "../../src/index.ts";

async function* listOf(chunk: readonly number[]): AsyncGenerator<string> {
  for (const value of chunk) yield `item ${value}`;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const item of items) seen.push(item);
  return seen;
}

describe("inChunks()", () => {
  it("lists what belongs to all values, in order, at most `size` at a time", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat()), fc.integer({ min: 1, max: 7 }), async (values, size) => {
        const sizes: number[] = [];
        const list = (chunk: number[]): AsyncIterable<string> => {
          sizes.push(chunk.length);
          return listOf(chunk);
        };
        const items = await all(inChunks(values, list, { size }));
        assert.deepEqual(
          items,
          values.map((value) => `item ${value}`),
        );
        assert.equal(sizes.length, Math.ceil(values.length / size));
        assert.ok(sizes.slice(0, -1).every((one) => one === size));
      }),
    );
  });

  it("reads no more values than it needs, and closes their source when its loop ends", async () => {
    let read = 0;
    let closed = false;
    async function* values(): AsyncGenerator<number> {
      try {
        for (;;) yield read++;
      } finally {
        closed = true;
      }
    }
    for await (const item of inChunks(values(), listOf, { size: 3 })) if (item === "item 4") break;
    assert.deepEqual([read, closed], [6, true]);
  });

  it("requests a thousand at a time unless configured otherwise, and never more than the server allows", async () => {
    const sizes: number[] = [];
    const values = Array.from({ length: 2_500 }, (_, index) => index);
    const list = (chunk: number[]): AsyncIterable<string> => {
      sizes.push(chunk.length);
      return listOf([]);
    };
    await all(inChunks(values, list));
    assert.deepEqual(sizes, [1_000, 1_000, 500]);
    assert.throws(() => inChunks([], listOf, { size: 60_000 }), /inChunks\(\): size is 60000/);
  });
});
