import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";

/** Within the repository, so that imports resolve as they do for a user. */
const work = join(root, "node_modules/.cache/snippets");

interface Snippet {
  readonly name: string;
  readonly code: string;
}

function findSnippets(file: string): Snippet[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => toSnippet(file, text, match));
}

/** The examples in the comments of a source file. */
function findExamples(file: string): Snippet[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/^ *\* ```ts\n(.*?)^ *\* ```/gms)].map((match) => {
    const { name, code } = toSnippet(file, text, match);
    return { name, code: code.replaceAll(/^ *\* ?/gm, "") };
  });
}

function toSnippet(file: string, text: string, { 1: code = "", index }: RegExpExecArray): Snippet {
  const line = text.slice(0, index).split("\n").length + 1;
  return { name: `${file.replaceAll(/\W/g, "_")}_line_${line}.ts`, code };
}

/** Declares a client for a snippet that does not create one. */
function asModule(code: string): string {
  const prelude = /\b(const|using) zitadel\b/.test(code)
    ? ""
    : 'declare const zitadel: import("zitadel-connect").Zitadel;\n';
  return `${prelude}${code}\nexport {};\n`;
}

describe("snippets in the documentation, and examples in comments", () => {
  after(() => rmSync(work, { recursive: true, force: true }));

  it("compile", async () => {
    const snippets = ["README.md", ...globSync("docs/*.md", { cwd: root })].flatMap(findSnippets);
    const examples = globSync("src/**/*.ts", { cwd: root }).flatMap(findExamples);
    assert.ok(snippets.length >= 6 && examples.length >= 20);
    mkdirSync(work, { recursive: true });
    for (const { name, code } of [...snippets, ...examples]) writeFileSync(join(work, name), asModule(code));
    // Against the declarations that users have, which also takes a third of the time: `npm run check` has compiled src/.
    const config = {
      extends: join(root, "tsconfig.json"),
      compilerOptions: {
        noUnusedLocals: false,
        paths: {
          "zitadel-connect": [join(root, "dist/index.d.ts")],
          "zitadel-connect/api/*": [join(root, "gen/*")],
          "zitadel-connect/*": [join(root, "dist/*.d.ts")],
        },
      },
      include: [join(root, "globals.d.ts"), join(work, "*.ts")],
      exclude: [],
    };
    writeFileSync(join(work, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(root, "node_modules/.bin/tsc");
    await promisify(execFile)(tsc, ["-p", work, "--singleThreaded"]).catch((error) =>
      assert.fail(error.stdout),
    );
  });
});
