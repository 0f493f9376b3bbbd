import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { createZitadel, isPermissionDenied, personalAccessToken, type Zitadel } from "zitadel-connect";
import { type Emulator, startEmulator } from "zitadel-connect/testing";
import { findInactiveUsers } from "../../examples/recipes/inactive-users.ts";
import { provideZitadel, ZITADEL, type ZitadelClient } from "../../examples/recipes/nest-provider.ts";
import { root } from "../../scripts/pinned-api.ts";
import { freePort } from "../transport/support/free-port.ts";

const DAY_MS = 86_400_000;
const programs = globSync("examples/recipes/*.ts", { cwd: root });

describe("the recipes", () => {
  let emulator: Emulator;
  let zitadel: Zitadel;
  let directory: string;
  let now = Date.now();
  before(async () => {
    emulator = await startEmulator({ clock: { now: () => now } });
    zitadel = createZitadel({ url: emulator.url, auth: personalAccessToken(emulator.serviceUser) });
    directory = mkdtempSync(join(tmpdir(), "recipes-"));
  });
  after(async () => {
    await zitadel.close();
    await emulator.close();
    rmSync(directory, { recursive: true });
  });

  const start = (name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    [
      [join(root, `examples/recipes/${name}.ts`), ...args],
      { cwd: directory, env: { ...process.env, ...environment(), ...env } },
    ] as const;
  const environment = () => ({
    ZITADEL_API_URL: emulator.url,
    ZITADEL_SERVICE_USER_TOKEN: emulator.serviceUser.token,
  });
  const run = async (name: string, args: readonly string[] = [], env?: NodeJS.ProcessEnv) => {
    const { stdout } = await promisify(execFile)(process.execPath, ...start(name, args, env));
    return stdout;
  };
  const file = (name: string) => join(directory, name);
  const addPerson = async (username: string, email = `${username}@example.com`): Promise<string> => {
    const profile = { givenName: username, familyName: "Person" };
    const { userId } = await zitadel.user.v2.addHumanUser({ username, profile, email: { email } });
    return userId;
  };

  it("are programs of at most 40 lines that their pages show unchanged", () => {
    assert.ok(programs.length >= 11);
    const pages = globSync("docs/recipes/*.md", { cwd: root }).map((page) =>
      readFileSync(join(root, page), "utf8"),
    );
    for (const program of programs) {
      const source = readFileSync(join(root, program), "utf8");
      assert.ok(source.trimEnd().split("\n").length <= 40, program);
      const shown = pages.filter((page) => page.includes(`\`\`\`ts\n${source}\`\`\``));
      assert.equal(shown.length, 1, `${program} is on ${shown.length} pages`);
      assert.ok(shown[0]?.includes(`../../${program}`), `${basename(program)} is not linked`);
    }
  });

  it("provision a customer once, however often they run", async () => {
    for (let runs = 1; runs <= 2; runs++) {
      await run("provision", ["acme"]);
      const { authorizations } = await zitadel.authorization.v2beta.listAuthorizations();
      assert.equal(authorizations.filter(({ projectId }) => projectId === "acme-shop").length, 10);
      const { administrators } = await zitadel.internal_permission.v2beta.listAdministrators();
      const ofAcme = administrators.filter(
        ({ resource }) => resource.case === "organization" && resource.value.id === "acme",
      );
      assert.deepEqual(
        ofAcme.map(({ roles }) => roles),
        [["ORG_OWNER"]],
      );
    }
  });

  it("test that with an emulator of the test's own", async () => {
    const program = join(root, "examples/recipes/provision.test.ts");
    // Without the test runner's own variable, which would make it report to this one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout } = await promisify(execFile)(process.execPath, ["--test", program], { env });
    assert.match(stdout, /pass 1\n/);
  });

  it("create a service user with the least role, and show that it fails without", async () => {
    const output = await run("least-privilege", [file("provisioner.json")]);
    assert.match(output, /without a role: .*AUTHZ-cdgFk/);
    assert.match(output, /with IAM_ORG_MANAGER: acme-\d+ is provisioned/);
  });

  it("export all users, and then those who were changed or deleted", async () => {
    now += 60_000;
    const userId = await addPerson("exported", 'ex"port@example.com');
    const gone = await addPerson("gone");
    await run("export-users", [directory]);
    const users = readFileSync(file("users.csv"), "utf8");
    assert.match(users, /^"id","state","username","email"\n/);
    assert.ok(users.includes(`"${userId}","ACTIVE","exported","ex""port@example.com"\n`));
    now += 60_000;
    await zitadel.user.v2.setEmail({ userId, email: "new@example.com" });
    await zitadel.user.v2.deleteUser({ userId: gone });
    await run("export-users", [directory]);
    const changes = readFileSync(file("changes.csv"), "utf8").trim().split("\n").slice(1);
    const expected = [`"${userId}","ACTIVE","exported","new@example.com"`, `"${gone}","removed","",""`];
    for (const line of expected) assert.ok(changes.includes(line), `${line} in ${changes}`);
    assert.ok(changes.length < users.split("\n").length - 2);
  });

  it("report who changed an address", async () => {
    const userId = await addPerson("moved", "first@example.com");
    await zitadel.user.v2.setEmail({ userId, email: "second@example.com" });
    const output = await run("who-changed-email", [userId]);
    assert.match(output, /user\.human\.added first@example\.com by service-user \(\d+\)/);
    assert.match(output, /user\.human\.email\.changed second@example\.com by service-user/);
  });

  it("rotate the service user's own key", async () => {
    const { keyFile, userId } = await emulator.createServiceUser({ username: "rotating" });
    writeFileSync(file("key.json"), keyFile);
    const env = { ZITADEL_SERVICE_USER_TOKEN: "", ZITADEL_KEY_FILE: file("key.json"), GRACE_MS: "0" };
    assert.match(await run("rotate-own-key", [], env), /^\d+ instead of \d+, until 20/);
    const filters = [{ filter: { case: "userIdFilter" as const, value: { id: userId } } }];
    const { result } = await zitadel.user.v2.listKeys({ filters });
    const { keyId } = JSON.parse(readFileSync(file("key.json"), "utf8")) as { keyId: string };
    assert.deepEqual(
      result.map(({ id }) => id),
      [keyId],
    );
  });

  it("call another service, which verifies the caller and the role", async () => {
    const { projectId } = emulator.createProject({ roles: ["reader"] });
    const api = await emulator.createApplication({ projectId });
    const bot = await emulator.createServiceUser({ username: "caller" });
    writeFileSync(file("api.json"), api.keyFile);
    writeFileSync(file("caller.json"), bot.keyFile);
    const env = {
      ZITADEL_SERVICE_USER_TOKEN: "",
      ZITADEL_KEY_FILE: file("caller.json"),
      ZITADEL_PROJECT_ID: projectId,
      ZITADEL_INTROSPECTION_KEY_FILE: file("api.json"),
    };
    assert.match(await run("call-another-service", [], env), /^403 /);
    emulator.createAuthorization({ userId: bot.userId, projectId, roles: ["reader"] });
    assert.equal(await run("call-another-service", [], env), `200 {"hello":"${bot.userId}"}\n`);
  });

  it("refuse users with an address of a domain", async () => {
    const port = await freePort("localhost");
    const args = [`http://localhost:${port}/`, "spam.example"];
    const child: ChildProcess = spawn(
      process.execPath,
      ...start("refuse-sign-ups", args, { PORT: String(port) }),
    );
    await once(child.stdout ?? child, "data");
    await assert.rejects(addPerson("spammer", "s@spam.example"), (error) => {
      return isPermissionDenied(error) && error.message.includes("Nobody signs up from spam.example");
    });
    await addPerson("honest", "h@honest.example");
    child.kill();
    await once(child, "close");
    const { targets } = await zitadel.action.v2beta.listTargets();
    for (const { id } of targets) await zitadel.action.v2beta.deleteTarget({ id });
  });

  it("are a route handler of Next.js", async () => {
    const { projectId } = emulator.createProject({ roles: ["reader"] });
    const { clientId, clientSecret } = await emulator.createApplication({ projectId });
    const env = {
      ...environment(),
      ZITADEL_PROJECT_ID: projectId,
      ZITADEL_INTROSPECTION_CLIENT_ID: clientId,
      ZITADEL_INTROSPECTION_CLIENT_SECRET: clientSecret,
    };
    const { GET } = await import("../../examples/recipes/next-route.ts");
    const userId = await addPerson("shown");
    const { token, userId: callerId } = await emulator.createServiceUser({ username: "browser" });
    const ask = async (id: string, bearer?: string) => {
      const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
      const request = new Request("http://localhost/", { headers });
      return await withEnvironment(env, () => GET(request, { params: Promise.resolve({ id }) }));
    };
    emulator.createAuthorization({ userId: callerId, projectId, roles: ["reader"] });
    assert.equal((await ask(userId)).status, 401);
    const response = await ask(userId, token);
    assert.equal(((await response.json()) as { username: string }).username, "shown");
    assert.equal((await ask("1", token)).status, 404);
    const shared = globalThis as { zitadel?: Zitadel; verifier?: { close(): Promise<void> } };
    await shared.verifier?.close();
    await shared.zitadel?.close();
  });

  it("are a provider of NestJS, which is closed with the application", async () => {
    const auth = personalAccessToken(emulator.serviceUser);
    const provider = provideZitadel({ url: emulator.url, auth });
    assert.equal(provider.provide, ZITADEL);
    const client: ZitadelClient = provider.useFactory();
    await client.auth.v1.getMyUser();
    await client.onApplicationShutdown();
    await assert.rejects(client.auth.v1.getMyUser());
  });

  it("find people who have not signed in, and ignore those who have", async () => {
    const before = { old: await addPerson("sleeper"), active: await addPerson("regular") };
    now += 100 * DAY_MS;
    await zitadel.session.v2.createSession({
      checks: { user: { search: { case: "userId", value: before.active } } },
    });
    const recent = await addPerson("newcomer");
    now += DAY_MS;
    const found = await findInactiveUsers(zitadel, new Date(now - 90 * DAY_MS));
    assert.ok(found.includes(before.old));
    assert.ok(!found.includes(before.active) && !found.includes(recent));
    // The program uses the clock of this machine, by which nobody is that old.
    assert.equal(await run("inactive-users", ["--deactivate"]), "");
  });
});

async function withEnvironment<T>(env: NodeJS.ProcessEnv, run: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    return await run();
  } finally {
    process.env = before;
  }
}
