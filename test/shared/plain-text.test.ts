import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { toLine, toLines } from "../../src/shared/plain-text.ts";

/** C0 and C1 controls, marks that reverse text, and invisible characters. */
const HARMFUL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the test looks for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

const piece = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "\u001b[2J",
    "\u001b]0;title\u0007",
    "\u009b31m",
    "\n::error::",
    "\r\n##vso[task.x]",
    "\u202eabc",
    "\u001b",
  ),
);
const text = fc.array(piece).map((pieces) => pieces.join(""));

describe("toLine()", () => {
  it("leaves nothing that a terminal or CI would execute, whatever the text is", () => {
    fc.assert(
      fc.property(text, (given) => {
        const line = toLine(given);
        assert.doesNotMatch(line, HARMFUL);
        assert.doesNotMatch(line, /^\s*(::[a-z]|##\[|##vso\[)/);
        assert.equal(toLine(line), line);
      }),
    );
  });

  it("does not change a text without such characters", () => {
    for (const plain of [
      "User could not be found (QUERY-Dfbg2)",
      "::1 is unreachable",
      "größer als 10 €",
      "👩‍💻 [2J",
    ]) {
      assert.equal(toLine(plain), plain);
    }
  });

  it("removes whole escape sequences, and replaces a line break by a space", () => {
    assert.equal(toLine("a\u001b[31;1mred\u001b[0m\u001b[2J b\r\n\tc"), "ared b c");
    assert.equal(toLine("::error file=x::broken\n::warning::too"), "error file=x::broken ::warning::too");
  });

  it("takes linear time, however hostile the text is", () => {
    for (const unit of ["\u001b[", "\u001b[1;", "\n", "::", " \n", "\u001b[0".padEnd(70, "0")]) {
      const hostile = unit.repeat(2 ** 20 / unit.length);
      const startedAt = performance.now();
      toLine(hostile);
      toLines(hostile);
      assert.ok(performance.now() - startedAt < 2_000, JSON.stringify(unit));
    }
  });
});

describe("toLines()", () => {
  it("keeps line breaks, but nothing else that a terminal or CI would execute", () => {
    fc.assert(
      fc.property(text, (given) => {
        const lines = toLines(given).split("\n");
        assert.equal(lines.length, given.split("\n").length);
        for (const line of lines) {
          assert.doesNotMatch(line.replaceAll("\t", " "), HARMFUL);
          assert.doesNotMatch(line, /^\s*(::[a-z]|##\[|##vso\[)/);
        }
      }),
    );
  });
});
