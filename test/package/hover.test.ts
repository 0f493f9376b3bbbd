import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import ts from "typescript-language-service";
import { root } from "../../scripts/pinned-api.ts";

const file = join(root, "examples/hover.ts");

/** The declarations of the package, not its source. */
const PUBLISHED = { "zitadel-connect": ["./dist/index.d.ts"] };

/** What an editor shows for the expression that is marked by ` @` at its end. */
function hover(marked: string): { documentation: string; tags: string[] } {
  const source = `import { createZitadel } from "zitadel-connect";\nconst zitadel = createZitadel();\n${marked}`;
  const text = source.replace("@", " ");
  const options = ts.parseJsonConfigFileContent(
    { extends: "./tsconfig.json", compilerOptions: { target: "esnext", paths: PUBLISHED }, files: [] },
    ts.sys,
    root,
  ).options;
  const service = ts.createLanguageService({
    getScriptFileNames: () => [file, join(root, "globals.d.ts")],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      const content = name === file ? text : ts.sys.readFile(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => root,
    getCompilationSettings: () => options,
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
  });
  const info = service.getQuickInfoAtPosition(file, source.indexOf("@") - 1);
  return {
    documentation: ts.displayPartsToString(info?.documentation),
    tags: (info?.tags ?? []).map(({ name }) => name),
  };
}

describe("an editor", () => {
  it("shows the documentation of an RPC on the client", () => {
    assert.match(hover("zitadel.user.v2.listUsers@").documentation, /^Search Users\n\nSearch for users/);
  });

  it("strikes out a deprecated RPC", () => {
    assert.ok(hover("zitadel.management.v1.getUserByID@").tags.includes("deprecated"));
  });

  it("shows the documentation of a field", () => {
    const { documentation } = hover("(await zitadel.user.v2.listPersonalAccessTokens()).result[0]?.id@;");
    assert.match(documentation, /^The unique identifier of the personal access token/);
  });

  it("shows the documentation of an option", () => {
    assert.match(hover('createZitadel({ url@: "" });').documentation, /^Where the instance is/);
  });
});
