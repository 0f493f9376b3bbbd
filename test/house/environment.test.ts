import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { root } from "../../scripts/pinned-api.ts";

/** Without comments, whose examples read variables of their own. */
function readCode(file: string): string {
  return readFileSync(join(root, file), "utf8").replaceAll(/\/\*\*.*?\*\//gs, "");
}

const sources = new Map(
  globSync("src/**/*.ts", { cwd: root }).map((file) => [file, readCode(file)] as const),
);

/** A variable that code reads by its name, a name that it puts into a list, and one that the proxy looks up. */
const NAMES = [/\benv\["(\w+)"\]/g, /"(ZITADEL_\w+)"/g, /\bfindVariable\("(\w+)"\)/g];

/** Made of the scheme of a URL, in proxy.ts. */
const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY"];

/** Not a setting: commands pass it on. */
const PASSED_ON = ["PATH"];

/** Where a variable is read whose name is in a list, of which each name is found. */
const BY_LIST = [
  "src/auth/environment-ways.ts",
  "src/cli/commands/service-user/audit.ts",
  "src/cli/commands/service-user/rotate.ts",
  "src/doctor/checks/credential-audit.ts",
  "src/doctor/checks/credential.ts",
  "src/transport/dial/proxy.ts",
];

function findVariables(): string[] {
  const found = [...sources.values()].flatMap((source) =>
    NAMES.flatMap((pattern) => [...source.matchAll(pattern)].map(([, name = ""]) => name.toUpperCase())),
  );
  return [...new Set([...found, ...PROXIES])].filter((name) => !PASSED_ON.includes(name)).sort();
}

describe("environment variables", () => {
  it("that the code reads are those of docs/options.md", () => {
    const [, section = ""] = readFileSync(join(root, "docs/options.md"), "utf8").split(
      "## Environment variables",
    );
    const cells = [...section.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = ""]) => cell);
    const listed = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));
    assert.deepEqual(listed.sort(), findVariables());
  });

  it("are read by names that this test finds", () => {
    const others = [...sources].filter(([, source]) => /\benv\[(?!")|\benv\.[A-Z]/.test(source));
    assert.deepEqual(others.map(([file]) => file.replaceAll("\\", "/")).sort(), BY_LIST);
  });
});
