import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { CallHeaders } from "../../src/client/headers.ts";
import { toHeaders } from "../../src/client/headers.ts";
import { FixedHeaders } from "../../src/shared/fixed-headers.ts";

const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("x-a", "X-A", "x-b", "Authorization", "!#$%&'*+-.^_`|~9") },
  fc.string({ unit: "binary", maxLength: 4 }),
);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("", "a", " a\t", "\na, b\r\n", "\u00ff", "a\tb") },
  fc.string({ unit: "binary", maxLength: 4 }),
);
const pairs = fc.array(fc.tuple(name, value), { maxLength: 5 });
const init: fc.Arbitrary<CallHeaders> = fc.oneof(
  pairs,
  pairs.map((all) => Object.fromEntries(all)),
  pairs.filter((all) => outcome(() => new Headers(all)) !== undefined).map((all) => new Headers(all)),
);

/** What an iteration yields, in the order of `Headers`; `undefined` where something is refused. */
function outcome(make: () => Iterable<[string, string]>): [string, string][] | undefined {
  try {
    return [...make()].toSorted(([a], [b]) => (a < b ? -1 : 1));
  } catch {
    return undefined;
  }
}

describe("headers", () => {
  it("accept and refuse what `new Headers()` does, and normalize it the same way", () => {
    fc.assert(
      fc.property(init, (given) => {
        assert.deepEqual(
          outcome(() => toHeaders(given)),
          outcome(() => new Headers(given as HeadersInit)),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("are found by a name in any case, and later ones override earlier ones", () => {
    const headers = new FixedHeaders([
      ["x-a", "1"],
      ["x-b", "1"],
    ]).with(toHeaders({ "X-B": "2" }));
    assert.deepEqual([headers.get("X-A"), headers.get("x-b"), headers.get("x-c")], ["1", "2", null]);
    assert.deepEqual([headers.has("X-B"), headers.has("x-c")], [true, false]);
    assert.deepEqual(
      [...headers],
      [
        ["x-a", "1"],
        ["x-b", "2"],
      ],
    );
  });
});
