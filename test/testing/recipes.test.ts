import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";
import { temporaryDirectory } from "../codegen/support/files.ts";

const python = spawnSync("python3", ["--version"]).status === 0;

/** The recipes of other test runners are run in test/matrix, and one-emulator.test.ts is an ordinary test file. */
describe("the recipes of docs/test-runners.md", () => {
  it("are files that are run unchanged", () => {
    const files = [
      "test/testing/recipes/*",
      "test/matrix/vitest/recipes/{vitest.config,global-setup,shared.spec}.ts",
      "test/matrix/jest-esm/recipes/{jest.config,global-setup,global-teardown}.mjs",
      "test/matrix/playwright/playwright.config.ts",
      "test/matrix/go/users_test.go",
    ].flatMap((pattern) => globSync(pattern, { cwd: root }));
    assert.equal(files.length, 10);
    const page = readFileSync(join(root, "docs/test-runners.md"), "utf8");
    for (const file of files) {
      assert.ok(page.includes(`\n${readFileSync(join(root, file), "utf8")}\`\`\``), file);
      assert.ok(page.includes(`](../${file})`), `${file} is not linked`);
    }
  });

  it("use the command from Python, and stop it", { skip: !python && "there is no Python" }, async () => {
    using directory = temporaryDirectory({});
    const commands = join(directory.path, "node_modules/.bin");
    mkdirSync(commands, { recursive: true });
    symlinkSync(join(root, "dist/cli.js"), join(commands, "zitadel-connect"));
    const path = [dirname(process.execPath), process.env["PATH"]].join(delimiter);
    const program = join(root, "test/testing/recipes/test_users.py");
    const { stderr } = await promisify(execFile)("python3", [program], {
      cwd: directory.path,
      env: { ...process.env, PATH: path },
      timeout: 60_000,
    });
    assert.match(stderr, /Ran 1 test .*\nOK\n$/s);
  });
});
