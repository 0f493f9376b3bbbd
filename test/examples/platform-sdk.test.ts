import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";

const example = join(root, "examples/platform-sdk");
const cli = join(root, "dist/cli.js");

/** Runs like its own project would. A test runner that finds itself within another one runs nothing. */
async function run(...args: readonly string[]): Promise<string> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: example, env }).catch((error) =>
    assert.fail(`${args.join(" ")}: ${error.stdout}${error.stderr}`),
  );
  return stdout;
}

describe("the SDK of a platform team", () => {
  before(async () => {
    await run(cli, "generate");
  });

  it("generates the part of the API that it uses, and detects that it is current", async () => {
    assert.ok(existsSync(join(example, "gen/services.js")));
    assert.ok(!existsSync(join(example, "gen/zitadel/management")));
    assert.match(await run(cli, "generate", "--check"), /^Up to date/);
  });

  it("compiles", async () => {
    await run(join(root, "node_modules/typescript/bin/tsc"), "--singleThreaded");
  });

  it("passes its own tests on the emulator", async () => {
    assert.match(await run("--test", "--test-reporter=tap", "test/*.test.ts"), /^# pass [1-9]/m);
  });
});
