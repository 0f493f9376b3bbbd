import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import ts from "typescript-language-service";
import { root } from "../../scripts/pinned-api.ts";

const file = join(root, "examples/declared.ts");

/** The declarations (.d.ts) of a module. */
function emitDeclarations(source: string): string {
  const { options } = ts.parseJsonConfigFileContent(
    {
      extends: "./tsconfig.json",
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        allowImportingTsExtensions: true,
        paths: { "zitadel-connect": ["./dist/index.d.ts"] },
      },
      files: [],
    },
    ts.sys,
    root,
  );
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  host.getSourceFile = (name, ...more) =>
    name === file ? ts.createSourceFile(name, source, more[0]) : getSourceFile.call(host, name, ...more);
  const program = ts.createProgram([file, join(root, "globals.d.ts")], options, host);
  let declarations = "";
  program.emit(program.getSourceFile(file), (_, text) => {
    declarations += text;
  });
  return declarations;
}

describe("the declarations of a module that exports a client", () => {
  it("name the services, but not all of them", () => {
    const declarations = emitDeclarations(
      'import { createZitadel } from "zitadel-connect";\n' +
        "export const zitadel = createZitadel();\n" +
        "export const clients = { acme: zitadel.withOrganization('1') };\n",
    );
    assert.match(declarations, /zitadel: .*Zitadel<.*PinnedServices>/);
    assert.match(declarations, /acme: .*Zitadel<.*PinnedServices>/);
    assert.ok(declarations.length < 1_000, declarations);
  });

  it("name generated services, too", () => {
    const declarations = emitDeclarations(
      'import { createZitadel } from "zitadel-connect";\n' +
        'import { services } from "../gen/services.js";\n' +
        "export const zitadel = createZitadel({ services });\n",
    );
    assert.match(declarations, /zitadel: .*Zitadel<.*gen\/services\.js"\)\.Services>/);
    assert.ok(declarations.length < 1_000, declarations);
  });
});
