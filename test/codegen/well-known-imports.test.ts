import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as wkt from "@bufbuild/protobuf/wkt";
import { importWellKnownTypesAlone } from "../../src/codegen/well-known-imports.ts";

describe("importWellKnownTypesAlone()", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "well-known-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  function rewrite(file: string, text: string): string {
    writeFileSync(join(folder, file), text);
    importWellKnownTypesAlone(folder);
    return readFileSync(join(folder, file), "utf8");
  }

  it("knows each file of well-known types that protobuf-es has", async () => {
    const names = Object.keys(wkt).filter((name) => name.startsWith("file_google_protobuf_"));
    assert.ok(names.length > 12);
    const text = rewrite("a_pb.js", `import { ${names.join(", ")} } from "@bufbuild/protobuf/wkt";\n`);
    const imports = [...text.matchAll(/^import \{ (\w+) \} from "([^"]+)";$/gm)];
    assert.deepEqual(
      imports.map(([, name]) => name),
      names,
    );
    for (const [, name = "", path = ""] of imports) {
      const module = (await import(path)) as Record<string, unknown>;
      assert.equal(module[name], Object.entries(wkt).find(([key]) => key === name)?.[1], path);
    }
  });

  it("does not change declarations and other imports", () => {
    const types = 'import type { Timestamp } from "@bufbuild/protobuf/wkt";\n';
    const index = 'import { file_google_protobuf_any } from "@bufbuild/protobuf/wkt";\n';
    const other = 'import { fileDesc } from "@bufbuild/protobuf/codegenv2";\n';
    assert.equal(rewrite("a_pb.d.ts", index + types), index + types);
    assert.equal(
      rewrite("a_pb.js", other + index + index.replace("@", "./@")),
      other +
        'import { file_google_protobuf_any } from "@bufbuild/protobuf/wkt/google/protobuf/any_pb.js";\n' +
        index.replace("@", "./@"),
    );
  });
});
