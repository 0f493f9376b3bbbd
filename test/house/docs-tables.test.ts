import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { documentsWithTables } from "../../scripts/docs-tables.ts";
import { root } from "../../scripts/pinned-api.ts";

const documents = await documentsWithTables();

describe("tables of the documentation", () => {
  for (const [file, text] of documents) {
    it(`show in ${file} what is in the code (if not: node scripts/docs-tables.ts)`, () => {
      assert.equal(readFileSync(join(root, file), "utf8"), text);
    });
  }
});
