import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { root } from "../../scripts/pinned-api.ts";

/** Phrases that a native speaker would not write here, and what to write instead. Lines of code count as well. */
const PHRASES: readonly [pattern: RegExp, instead: string][] = [
  [/\banew\b/i, "again"],
  [/\bfor ever\b/i, "forever"],
  [/\bfor want of\b/i, "for lack of, or say what is missing"],
  [/\bin vain\b/i, "without success, or say what failed"],
  [/\bin silence\b/i, "silently"],
  [/\bwithout a word\b/i, "silently"],
  [/\bends all\./i, "name what ends"],
  [/\bmakes? no sense\b/i, "is invalid"],
  [/\bnot proven that\b/i, "say what may have happened"],
  [/\bran it not\b/i, "did not run it"],
  [/\bright also\b/i, "also right"],
  [/\bis there who\b/i, "name who is there"],
  [/\bfor who\b(?! (they|you|we))/i, "for whoever, or name the reader"],
  [/\bwas no good\b/i, "was invalid"],
  [/\bsees to it\b/i, "ensures"],
  [/\bno repetition\b/i, "a retry does not help"],
  [/\bso often may\b/i, "the maximum number of times that"],
  [/\bfor none of (its|their) own\b/i, "say what was refused"],
  [/\bbrought no\b/i, "did not contain, or lacked"],
  [/\bwhat is so\b/i, "name the fact"],
  [/\b(what|which) is no [a-z]/i, "which is not a"],
  [/\bis no (option|field|error|failure|JSON|Zitadel)\b/, "is not a"],
  [/\bthere is no command\b/i, "unknown command"],
  [/\b(there are: \$\{|there \$\{.*"are")/i, "name what is listed: known options: …"],
  [/\brepeats? nothing of\b/i, "never quotes"],
  [/\bwhite space\b/i, "whitespace"],
  [/\bback-offs?\b/i, "backoff"],
  [/\bany more(?=[.,;:]| *[|]|$)/, "no longer, or anymore"],
  [/\ba whole number\b/i, "an integer"],
  [/\bsomething on the way\b/, "something in front of the server"],
  [/\b(misuse|patience|tell[A-Z]\w+)\b/, "invalid option, deadline, emit or report"],
  [/\b(function|const) \*?[a-z]\w*(?<!One)Of\b/, "a verb: parse…, to…, find…"],
];

/** Written by hand, for people to read. */
const TEXTS = [
  "src/**/*.ts",
  "scripts/**/*.ts",
  "examples/**/*.{ts,md}",
  "test/**/*.ts",
  "bench/**/*.ts",
  "docs/**/*.md",
  "*.md",
];

/** Where people answer questions. What a server sends is a response. */
const ANSWERS = ["src/cli/", "test/cli/", "src/codegen/sources/git.ts", "README.md", "CODE_OF_CONDUCT.md"];

function findPhrases(file: string): string[] {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  return lines.flatMap((line, index) =>
    PHRASES.filter(([pattern]) => pattern.test(line)).map(
      ([pattern, instead]) => `${file}:${index + 1}: ${pattern.exec(line)?.[0]} → ${instead}`,
    ),
  );
}

describe("the language of code, messages and documentation", () => {
  const files = globSync(TEXTS, { cwd: root, exclude: ["**/node_modules/**", "test/house/words.test.ts"] });

  it("has none of the phrases that kept coming back", () => {
    assert.ok(files.length > 900, "the globs find the files");
    assert.deepEqual(files.flatMap(findPhrases), []);
  });

  it("calls what a server sends a response", () => {
    const servers = files.filter((file) => !ANSWERS.some((path) => file.startsWith(path)));
    const answers = servers.filter((file) => /(?<!un)answer/i.test(readFileSync(join(root, file), "utf8")));
    assert.deepEqual(answers, []);
  });

  it("has files that are named after what they contain", () => {
    const vague = /(^|\/)(answers?|own-[\w-]+|first-objects|options|utils?|helpers?|misc)\.ts$/;
    assert.deepEqual(
      files.filter((file) => file.startsWith("src/") && vague.test(file)),
      [],
    );
  });
});
