import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";
import { startPostgres, withoutPostgres } from "./support/postgres-server.ts";

const example = join(root, "examples/sync-users");

/** Runs like its own project would. A test runner that finds itself within another one runs nothing. */
async function run(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<string> {
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const env = { ...variables, ...inherited };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: example, env }).catch((error) =>
    assert.fail(`${args.join(" ")}: ${error.stdout}${error.stderr}`),
  );
  return stdout;
}

describe("the mirror of users", () => {
  it("compiles", async () => {
    await run([join(root, "node_modules/typescript/bin/tsc"), "--singleThreaded"]);
  });

  it("passes its own tests; those that kill it again and again are left to `.ci/run`", async () => {
    await using postgres = withoutPostgres === false ? await startPostgres() : undefined;
    const server = postgres === undefined ? {} : { SYNC_TEST_DATABASE_URL: postgres.connectionString };
    // Without a server, the tests with PostgreSQL within the process are the only ones.
    const skipped = postgres === undefined ? [] : ["--test-skip-pattern=killed"];
    const output = await run(["--test", ...skipped, "--test-reporter=tap", "test/*.test.ts"], {
      KILLS: "1",
      LATEST_MS: "400",
      ...server,
    });
    assert.match(output, /^# pass [1-9]/m);
  });
});
