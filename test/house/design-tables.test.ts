import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { root } from "../../scripts/pinned-api.ts";

/** The pages of docs/design whose table of files, the one with the questions, is that of a whole folder. */
const PAGES = {
  "transport.md": "src/transport",
  "errors.md": "src/errors",
  "lists.md": "src/client/lists",
  "tokens.md": "src/auth",
  "emulator.md": "src/testing",
};

/** Parts of benchmarks. */
const BENCH_HELPERS =
  /^(client|fresh-process|lists-server|median|peers\.d|protocol|run-job|server|service-account-key|variants)\.ts$/;

function readPage(page: string): string {
  return readFileSync(join(root, "docs/design", page), "utf8");
}

/** What the first column of the table names. */
function findNames(page: string): string[] {
  const [, rows = ""] = /^\| \w+ \| question \|\n(.*?)\n\n/ms.exec(readPage(page)) ?? [];
  const cells = [...rows.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = ""]) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+?)\/?`/g)].map(([, name = ""]) => name));
}

describe("docs/design", () => {
  for (const [page, folder] of Object.entries(PAGES)) {
    it(`names in the table of ${page} each file and folder of ${folder}`, () => {
      assert.deepEqual(findNames(page).sort(), readdirSync(join(root, folder)).sort());
    });
  }

  it("names in performance.md each benchmark", () => {
    const named = [...readPage("performance.md").matchAll(/bench\/([\w-]+\.ts)/g)].map(
      ([, name = ""]) => name,
    );
    const files = readdirSync(join(root, "bench")).filter((name) => name.endsWith(".ts"));
    const benchmarks = files.filter((name) => !BENCH_HELPERS.test(name));
    assert.deepEqual([...new Set(named)].sort(), benchmarks.sort());
  });
});
