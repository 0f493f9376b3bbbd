import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { it } from "node:test";
import { rememberNames } from "../../src/codegen/plugin/remembered-names.ts";
import { temporaryDirectory } from "./support/files.ts";

/** Names like protoplugin's: all of a file for each that is requested. */
const PROTOPLUGIN = `
  exports.computed = 0;
  exports.generatedDescName = (desc) => allNames(desc.file).get(desc);
  exports.generatedShapeName = (desc) => allNames(desc.file).get(desc) + "Shape";
  function allNames(file) {
    exports.computed++;
    return new Map(file.descs.map((desc, i) => [desc, file.name + i]));
  }
`;

it("protoplugin computes the names of a file once, and returns the same where it does not cache them", () => {
  using directory = temporaryDirectory({ "dist/cjs/names.js": PROTOPLUGIN });
  const require = createRequire(join(directory.path, "package.json"));
  const names = require("./dist/cjs/names.js");
  const files = ["a", "b"].map((name) => {
    const file = { name, descs: [{}, {}, {}] as object[] };
    for (const desc of file.descs) Object.assign(desc, { file });
    return file;
  });
  const descs = files.flatMap((file) => file.descs);

  rememberNames(directory.path, require);
  const twice = [...descs, ...descs];
  assert.deepEqual(
    twice.map((desc) => names.generatedDescName(desc)),
    ["a0", "a1", "a2", "b0", "b1", "b2", "a0", "a1", "a2", "b0", "b1", "b2"],
  );
  assert.equal(names.computed, 2);
  assert.deepEqual(
    descs.map((desc) => names.generatedShapeName(desc)),
    ["a0Shape", "a1Shape", "a2Shape", "b0Shape", "b1Shape", "b2Shape"],
  );
  assert.equal(names.computed, 8);
});
