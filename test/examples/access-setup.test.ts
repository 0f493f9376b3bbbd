import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";
import { createZitadel, personalAccessToken } from "../../src/index.ts";
import { startEmulator } from "../../src/testing/index.ts";

const example = join(root, "examples/access-setup");

/**
 * Runs like its own project would, but never on an instance that this environment names. A test runner that finds itself within
 * another one runs nothing.
 */
async function run(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<string> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(NODE_TEST_CONTEXT|ZITADEL_)/.test(name),
  );
  const options = { cwd: example, env: { ...Object.fromEntries(inherited), ...env } };
  const { stdout } = await promisify(execFile)(process.execPath, args, options).catch((error) =>
    assert.fail(`${args.join(" ")}: ${error.stdout}${error.stderr}`),
  );
  return stdout;
}

describe("the example that sets up access from a file", () => {
  it("compiles", async () => {
    await run({}, join(root, "node_modules/typescript/bin/tsc"), "--singleThreaded");
  });

  it("passes its own tests on the emulator", async () => {
    assert.match(await run({}, "--test", "--test-reporter=tap", "test/*.test.ts"), /^# pass 6$/m);
  });

  it("applies its file, and changes nothing the second time", async () => {
    await using emulator = await startEmulator();
    const { token } = emulator.serviceUser;
    await using zitadel = createZitadel({ url: emulator.url, auth: personalAccessToken({ token }) });
    for (const [name, username] of [
      ["Acme Platform", "ada@acme.example"],
      ["Globex", "hank@globex.example"],
    ] as const) {
      const { organizationId } = await zitadel.org.v2.addOrganization({ name });
      const userType = { case: "machine", value: { name: username } } as const;
      await zitadel.user.v2.createUser({ organizationId, username, userType });
    }
    const env = { ZITADEL_API_URL: emulator.url, ZITADEL_SERVICE_USER_TOKEN: token };
    assert.equal((await run(env, "src/main.ts")).trim().split("\n").length, 9);
    assert.equal(await run(env, "src/main.ts"), "");
  });
});
