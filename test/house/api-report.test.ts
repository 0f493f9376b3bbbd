import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { apiReports, entryPoints, listExports } from "../../scripts/api-report.ts";
import { root } from "../../scripts/pinned-api.ts";

describe("the public surface", () => {
  it("is recorded in api/, so that changes are seen (if intended: node scripts/api-report.ts)", () => {
    const reports = apiReports();
    assert.deepEqual(globSync("api/*", { cwd: root }).sort(), [...reports.keys()].sort());
    for (const [file, text] of reports) assert.equal(readFileSync(join(root, file), "utf8"), text);
  });

  it("is what package.json exports, apart from the generated API", () => {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const paths = Object.keys(exports).filter((path) => !/json$|^\.\/api/.test(path));
    assert.deepEqual(
      [...entryPoints().keys()].map((name) => name.replace(/^zitadel-connect/, ".")).sort(),
      paths.sort(),
    );
  });

  for (const [name, entry] of entryPoints()) {
    const exported = listExports(entry);
    const source = readFileSync(join(root, entry), "utf8");

    it(`is what the module has at run time: ${name}`, async () => {
      const values = exported.filter(({ kind }) => kind === "value").map((one) => one.name);
      assert.deepEqual(Object.keys(await import(join(root, entry))).sort(), values.sort());
    });

    it(`has a comment, followed by an empty line, for each of its groups: ${name}`, () => {
      assert.doesNotMatch(source, /^\/\/.*\n(?!\n|\/\/)/m);
    });

    it(`has documentation for each name: ${name}`, () => {
      const undocumented = exported.filter((one) => {
        if (!one.from.startsWith("src/")) return false;
        const declaration = `\\*/\\nexport (async )?(abstract )?(function|class|const|interface|type) ${one.name}\\b`;
        return !new RegExp(declaration).test(readFileSync(join(root, one.from), "utf8"));
      });
      assert.deepEqual(undocumented, []);
    });
  }
});
