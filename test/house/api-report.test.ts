import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { apiReports, entryPoints, listExports } from "../../scripts/api-report.ts";
import { root } from "../../scripts/pinned-api.ts";

describe("the public surface", () => {
  it("is what api/ says, in which a change is seen (if it is meant: node scripts/api-report.ts)", () => {
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

    it(`has its groups where comments say, which a comment without an empty line below it has not: ${name}`, () => {
      assert.doesNotMatch(source, /^\/\/.*\n(?!\n|\/\/)/m);
    });

    it(`is documented, each name: ${name}`, () => {
      const undocumented = exported.filter((one) => {
        if (!one.from.startsWith("src/")) return false;
        const declaration = `\\*/\\nexport (async )?(abstract )?(function|class|const|interface|type) ${one.name}\\b`;
        return !new RegExp(declaration).test(readFileSync(join(root, one.from), "utf8"));
      });
      assert.deepEqual(undocumented, []);
    });
  }
});
