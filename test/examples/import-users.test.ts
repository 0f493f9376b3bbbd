import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { createZitadel, personalAccessToken, type Zitadel } from "zitadel-connect";
import { type Emulator, startEmulator } from "zitadel-connect/testing";
import { root } from "../../scripts/pinned-api.ts";

const program = join(root, "examples/import-users.ts");

describe("the import of users", () => {
  let emulator: Emulator;
  let zitadel: Zitadel;
  let directory: string;
  before(async () => {
    emulator = await startEmulator();
    zitadel = createZitadel({ url: emulator.url, auth: personalAccessToken(emulator.serviceUser) });
    directory = mkdtempSync(join(tmpdir(), "import-"));
  });
  after(async () => {
    await zitadel.close();
    await emulator.close();
    rmSync(directory, { recursive: true });
  });

  const argumentsFor = (count: number) => [program, String(count), join(directory, "progress")];
  const env = () => ({
    ...process.env,
    ZITADEL_API_URL: emulator.url,
    ZITADEL_SERVICE_USER_TOKEN: emulator.serviceUser.token,
  });
  const run = async (count: number): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, argumentsFor(count), { env: env() });
    return stdout;
  };
  const users = () => zitadel.user.v2.listUsers().total();

  it("creates users, and finds them when it is run again", async () => {
    const others = await users();
    assert.match(await run(150), /✓ 150 users created/);
    assert.match(await run(150), /✓ 0 users created/);
    assert.equal(await users(), others + 150);
    assert.ok(!existsSync(join(directory, "progress")));
  });

  it("resumes where it was stopped", async () => {
    const others = await users();
    const stopped = spawn(process.execPath, argumentsFor(600), { env: env(), stdio: "ignore" });
    let requests = 0;
    const undo = emulator.intercept((_, next) => {
      requests += 1;
      if (requests === 300) stopped.kill("SIGINT");
      return next();
    });
    assert.deepEqual(await once(stopped, "exit"), [1, null]);
    undo();
    assert.match(await run(600), /^Continuing after \d{3,} users/);
    assert.equal(await users(), others - 150 + 600);
  });
});
