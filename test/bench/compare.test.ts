import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import fc from "fast-check";
import { judge, type Samples } from "../../bench/compare/judge.ts";
import { toReport } from "../../bench/compare/report.ts";
import { root } from "../../scripts/pinned-api.ts";

const LIMIT = 1.1;

/** The measurements of a head that takes `times` as long as the base, if each round had such noise. */
function samples(times: number, noise: readonly (readonly [number, number])[]): Samples {
  return { base: noise.map(([one]) => one), head: noise.map(([, other]) => times * other) };
}

/** Rounds on a machine on which anything takes between 1 and `most` times as long as on an idle one. */
const noise = (most: number) =>
  fc.array(
    fc.tuple(fc.double({ min: 1, max: most, noNaN: true }), fc.double({ min: 1, max: most, noNaN: true })),
    {
      minLength: 9,
      maxLength: 25,
    },
  );

describe("a comparison of two builds", () => {
  it("finds no difference between a build and itself while noise stays within the limit", () => {
    fc.assert(fc.property(noise(LIMIT), (rounds) => judge(samples(1, rounds), LIMIT).verdict === "same"));
  });

  it("finds no difference as long as some rounds contradict, however slow the others are", () => {
    const rounds = Array.from({ length: 15 }, (_, round): [number, number] => [1, round < 3 ? 1 : 50]);
    assert.equal(judge(samples(1, rounds), LIMIT).verdict, "same");
    const fewer = Array.from({ length: 15 }, (_, round): [number, number] => [1, round < 2 ? 1 : 50]);
    assert.equal(judge(samples(1, fewer), LIMIT).verdict, "slower");
  });

  it("finds what is slower than the limit and all noise, and what is faster", () => {
    fc.assert(
      fc.property(noise(1.2), (rounds) => {
        assert.equal(judge(samples(1.1 * 1.21, rounds), LIMIT).verdict, "slower");
        assert.equal(judge(samples(1 / (1.1 * 1.21), rounds), LIMIT).verdict, "faster");
      }),
    );
  });

  it("decides nothing from a few rounds", () => {
    for (let count = 0; count < 8; count += 1) {
      const rounds = Array.from({ length: count }, (): [number, number] => [1, 50]);
      assert.equal(judge(samples(1, rounds), LIMIT).verdict, "same", `${count} rounds`);
    }
  });

  it("prints the result in a table, and marks what the base cannot do as new", () => {
    const rounds = Array.from({ length: 9 }, (): [number, number] => [2, 3]);
    const quantity = { unit: "ms", threshold: LIMIT };
    const { markdown, worse } = toReport([
      { ...quantity, name: "import", samples: samples(1, rounds) },
      { ...quantity, name: "a new thing", samples: undefined },
    ]);
    assert.equal(worse, true);
    const [, , first, second] = markdown.split("\n");
    assert.equal(first, "| import | 2 ms | 3 ms | 1.50 | 1.50 to 1.50 | ❌ worse (limit 10 %) |");
    assert.equal(second, "| a new thing | cannot do it |  |  |  | new |");
    assert.equal(toReport([{ ...quantity, name: "a new thing", samples: undefined }]).worse, false);
  });

  it("is refused without a base", async () => {
    const compare = promisify(execFile)(process.execPath, [join(root, "bench/compare.ts")], { cwd: root });
    await assert.rejects(compare, (error: { code?: unknown; stderr?: unknown }) => {
      assert.equal(error.code, 2);
      assert.match(String(error.stderr), /^Usage: node bench\/compare\.ts/);
      return true;
    });
  });
});
