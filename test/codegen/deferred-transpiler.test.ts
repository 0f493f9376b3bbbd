import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { deferTranspiler } from "../../src/codegen/plugin/deferred-transpiler.ts";
import { prepareProtocGenEs } from "../../src/codegen/plugin/protoplugin.ts";
import { temporaryDirectory } from "./support/files.ts";

describe("protoplugin's transpiler", () => {
  it("is loaded when a plugin uses it, and then works as before", () => {
    using directory = temporaryDirectory({
      "dist/cjs/transpile.js": `
        globalThis.loaded = (globalThis.loaded ?? 0) + 1;
        exports.transpile = (text) => text.toUpperCase();`,
      "dist/cjs/index.js": 'const { loaded } = globalThis; exports.transpiler = require("./transpile.js");',
    });
    const loaded = () => (globalThis as { loaded?: number }).loaded;
    const require = createRequire(join(directory.path, "package.json"));
    deferTranspiler(directory.path, require);
    const { transpiler } = require("./dist/cjs/index.js");
    assert.equal(loaded(), undefined);
    assert.equal(transpiler.transpile("text"), "TEXT");
    assert.equal(transpiler.transpile("text"), "TEXT");
    assert.equal(loaded(), 1);
  });

  it("does not load TypeScript for the plugins of this package", () => {
    const { require, protoplugin } = prepareProtocGenEs();
    require("@bufbuild/protoplugin");
    const typescript = dirname(createRequire(join(protoplugin, "package.json")).resolve("typescript"));
    assert.deepEqual(
      Object.keys(require.cache).filter((path) => path.startsWith(typescript)),
      [],
    );
  });
});
