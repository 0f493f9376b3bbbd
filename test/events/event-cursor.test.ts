import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  formatInstant,
  parseInstant,
  requireCursor,
  toInstant,
  toTimestamp,
} from "../../src/events/event-cursor.ts";

describe("the cursor of an event", () => {
  it("keeps microseconds for any time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2250) * 1e3 }), (instant) => {
        assert.equal(parseInstant(formatInstant(instant)), instant);
        assert.equal(toInstant(toTimestamp(instant)), instant);
      }),
    );
    assert.equal(formatInstant(1_764_149_963_000_042), "2025-11-26T09:39:23.000042Z");
  });

  it("is refused in any other format, with the invalid part of the option", () => {
    const after = "2026-11-26T09:39:23.000042Z";
    requireCursor("after", { after, except: ["x"] });
    requireCursor("after", { after: "", except: [] });
    const wrong: [unknown, RegExp][] = [
      ["a text", /^after is a string; expected the cursor of an event/],
      [
        { after: "2026-11-26", except: [] },
        /after\.after is some other text; expected a time with microseconds/,
      ],
      [{ except: [] }, /after\.after is undefined/],
      [{ after }, /after\.except is undefined/],
      [{ after, except: [1] }, /an entry of after\.except is a number/],
    ];
    for (const [value, message] of wrong) {
      assert.throws(() => requireCursor("after", value), { name: "TypeError", message });
    }
  });
});
