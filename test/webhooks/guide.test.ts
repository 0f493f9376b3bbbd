import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";
import { createZitadel, personalAccessToken, type Zitadel } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

const guide = readFileSync(join(root, "docs/webhooks.md"), "utf8");

/** The program of the guide that begins with its file name, as a module that resolves what is installed. */
function writeProgram(directory: string, name: string): string {
  const code = guide.match(new RegExp(`^\`\`\`ts\n// ${name}\\.ts\n(.*?)^\`\`\``, "ms"))?.[1];
  assert.ok(code, name);
  const path = join(directory, `${name}.js`);
  writeFileSync(path, stripTypeScriptTypes(code));
  return path;
}

describe("the guide to webhooks, from end to end", () => {
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, "guide-"));
  let emulator: Emulator;
  let zitadel: Zitadel;
  let service: ChildProcess;
  before(async () => {
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    emulator = await startEmulator();
    zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
    });
    const env = {
      ...process.env,
      ZITADEL_API_URL: emulator.url,
      ZITADEL_SERVICE_USER_TOKEN: emulator.serviceUser.token,
      WEBHOOK_URL: "http://127.0.0.1:1/",
    };
    const registered = await promisify(execFile)(process.execPath, [writeProgram(directory, "register")], {
      env,
    });
    service = spawn(process.execPath, [writeProgram(directory, "webhook")], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, PORT: "0", WEBHOOK_SIGNING_KEY: registered.stdout.trim() },
    });
    assert.ok(service.stdout);
    const [line] = await once(createInterface({ input: service.stdout }), "line");
    const port = /port: (\d+)/.exec(String(line))?.[1];
    // Not known before the service has the key, which is not known before there is a target.
    const [target] = (await zitadel.action.v2beta.listTargets()).targets;
    await zitadel.action.v2beta.updateTarget({ id: target?.id ?? "", endpoint: `http://localhost:${port}/` });
  });
  after(async () => {
    service.kill();
    await zitadel.close();
    await emulator.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const signUp = async (username?: string): Promise<string> => {
    const profile = { givenName: "Ada", familyName: "Lovelace" };
    const email = { email: `${username ?? "ada"}@example.com` };
    const { userId } = await zitadel.user.v2.addHumanUser({
      ...(username === undefined ? {} : { username }),
      profile,
      email,
    });
    return (await zitadel.user.v2.getUserByID({ userId })).user?.username ?? "";
  };

  it("refuses a name with the message of the handler", async () => {
    await assert.rejects(signUp("admin-1"), { id: "EXEC-reUaUZCzCp", rawMessage: "This name is taken" });
  });

  it("changes names to lower case", async () => {
    assert.equal(await signUp("AdaLovelace"), "adalovelace");
  });

  it("does not change sign-ups without a user name", async () => {
    assert.equal(await signUp(), "ada@example.com");
  });

  it("ends when the execution has no targets", async () => {
    const value = "/zitadel.user.v2.UserService/AddHumanUser";
    const condition = {
      conditionType: { case: "request", value: { condition: { case: "method", value } } },
    } as const;
    await zitadel.action.v2beta.setExecution({ condition, targets: [] });
    assert.equal(await signUp("admin-2"), "admin-2");
  });
});
