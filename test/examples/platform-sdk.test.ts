import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";

it("examples/platform-sdk generates its subset, type-checks and passes its own tests on the emulator", async () => {
  // Without what tells a process that it is a test of this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const cwd = join(root, "examples/platform-sdk");
  const { stdout } = await promisify(execFile)("npm", ["test"], { cwd, env }).catch((error) =>
    assert.fail(`${error.stdout}${error.stderr}`),
  );
  assert.match(stdout, /fail 0/);
});
