import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Seen } from "../../../src/client/lists/seen.ts";

function seenAfter(count: number): Seen {
  const seen = new Seen();
  for (let number = 1; number <= count; number++) seen.add(String(number));
  return seen;
}

describe("the memory of an iteration", () => {
  it("contains all of 65,536 items", () => {
    const seen = seenAfter(65_536);
    assert.ok(seen.complete && seen.has("1") && seen.has("65536"));
  });

  it("contains at least the last 32,768 of more, and reports that it forgets", () => {
    const seen = seenAfter(65_537);
    assert.ok(!seen.complete && !seen.has("32768") && seen.has("32769") && seen.has("65537"));
    const many = seenAfter(300_000);
    assert.ok(many.has("300000") && many.has(String(300_000 - 32_767)));
  });
});
