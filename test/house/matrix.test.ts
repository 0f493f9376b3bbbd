import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { root } from "../../scripts/pinned-api.ts";
import { readProjects } from "../matrix/project.ts";

describe("the folders of test/matrix", () => {
  const projects = readProjects();
  const results = JSON.parse(readFileSync(join(root, "test/matrix/results.json"), "utf8"));

  it("are those of results.json, where everything passed with these versions", () => {
    const expected = projects.map(({ folder, title, versions, cases }) => {
      return [folder, { title, versions, passed: Object.keys(cases) }];
    });
    assert.deepEqual(results, Object.fromEntries(expected));
  });

  for (const { folder } of projects) {
    it(`pin every package in ${folder}/package-lock.json, without the host of a registry`, () => {
      const text = readFileSync(join(root, "test/matrix", folder, "package-lock.json"), "utf8");
      const packages: Record<string, { integrity?: string; resolved?: string }> = JSON.parse(text).packages;
      for (const [name, { integrity, resolved }] of Object.entries(packages)) {
        if (name !== "") assert.ok(integrity !== undefined && resolved === undefined, name);
      }
    });
  }
});
