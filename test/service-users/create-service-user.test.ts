import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import {
  type AuthMethod,
  clientCredentials,
  createZitadel,
  personalAccessToken,
  privateKeyJwt,
  type Zitadel,
} from "../../src/index.ts";
import {
  commandStore,
  createServiceUser,
  type ServiceUserError,
  type ServiceUserStep,
} from "../../src/service-users/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { withoutV2 } from "./support/interruptions.ts";

const METHODS: Record<"key" | "secret" | "pat", (file: string, loginName: string) => AuthMethod> = {
  key: (keyFile) => privateKeyJwt({ keyFile }),
  secret: (clientSecretFile, clientId) => clientCredentials({ clientId, clientSecretFile }),
  pat: (tokenFile) => personalAccessToken({ tokenFile }),
};

describe("createServiceUser()", () => {
  let emulator: Emulator;
  let admin: Zitadel;
  let count = 0;
  before(async () => {
    emulator = await startEmulator();
    admin = createZitadel({ url: emulator.url, auth: personalAccessToken(emulator.serviceUser) });
  });
  after(async () => {
    await admin.close();
    await emulator.close();
  });

  for (const [method, toAuth] of Object.entries(METHODS)) {
    for (const server of ["today's server", "a server with v1 only"]) {
      it(`creates one with a role and a ${method} that works, on ${server}`, async (t) => {
        const { username, file } = prepare(t);
        if (server !== "today's server") t.after(withoutV2(emulator));
        const options = { username, file, roles: ["ORG_USER_MANAGER"], method: method as "key" };
        const created = await createServiceUser(admin, options);
        assert.equal(created.outcome, "created");
        assert.equal(statSync(file).mode & 0o777, 0o600);
        await using self = createZitadel({ url: emulator.url, auth: toAuth(file, created.loginName) });
        assert.equal((await self.auth.v1.getMyUser()).user?.id, created.userId);
        const [membership] = (await self.auth.v1.listMyMemberships()).result;
        assert.deepEqual(membership?.roles, ["ORG_USER_MANAGER"]);
        // A second run has nothing to do.
        const content = readFileSync(file, "utf8");
        const again = await createServiceUser(admin, options);
        assert.deepEqual([again.outcome, again.userId], ["unchanged", created.userId]);
        assert.equal(readFileSync(file, "utf8"), content);
      });
    }
  }

  it("reports what each step needs before it begins, and when each is done", async (t) => {
    const { username, file } = prepare(t);
    const { organizationId } = emulator.serviceUser;
    const told: string[] = [];
    const show = ({ description, permission = "nothing" }: ServiceUserStep) =>
      `${description}: ${permission}`;
    await createServiceUser(admin, {
      username,
      file,
      roles: ["ORG_OWNER"],
      expirationDate: new Date("2040-01-01"),
      onPlan: (steps) => told.push("plan", ...steps.map(show)),
      onStep: ({ name }) => told.push(name),
    });
    assert.deepEqual(told, [
      "plan",
      `create the service user "${username}" in the organization ${organizationId}: user.write`,
      `give it ORG_OWNER in the organization ${organizationId}: org.member.write`,
      "add a key, valid until 2040-01-01: user.write",
      "sign in with it: nothing",
      `write ${file}, for its owner only (mode 0600): nothing`,
      "create-user",
      "grant-roles",
      "add-credential",
      "sign-in",
      "store",
    ]);
  });

  it("does nothing if the caller may not do all of it, and explains why", async (t) => {
    const { username, file } = prepare(t);
    const { keyFile: key } = await emulator.createServiceUser({
      username: `caller of ${username}`,
      roles: ["ORG_USER_MANAGER"],
    });
    await using caller = createZitadel({ url: emulator.url, auth: privateKeyJwt({ key }) });
    const creation = createServiceUser(caller, { username, file, roles: ["IAM_OWNER"] });
    await assert.rejects(creation, (error: ServiceUserError) => {
      assert.equal(error.code, "missing_permission");
      assert.match(
        error.message,
        /lacks permissions for this, and nothing was done: to give it IAM_OWNER on/,
      );
      assert.match(
        error.message,
        /requires iam\.member\.write \(IAM_OWNER on the instance\)\. Run it as a user with/,
      );
      return true;
    });
    assert.deepEqual([await countUsers(username), existsSync(file)], [0, false]);
    // Without a role to grant, the caller's own role is enough.
    await createServiceUser(caller, { username, file });
  });

  const failing = ["AddKey", "CreateAdministrator", "CreateUser", "GetMyUser"];
  for (const rpc of failing) {
    it(`rolls back where ${rpc} fails, even if it was executed nevertheless`, async (t) => {
      const { username, file, directory } = prepare(t);
      let calls = 0;
      const undo = emulator.intercept(async (request, next) => {
        if (!request.path.endsWith(`/${rpc}`)) return await next();
        // The first request is for the caller, by the caller itself.
        if (rpc === "GetMyUser" && ++calls === 1) return await next();
        await next();
        return { status: 500, headers: new Headers({ "content-type": "text/plain" }), body: "lost" };
      });
      const options = { username, file, roles: ["ORG_OWNER"] };
      if (rpc === "CreateUser") {
        // No response says whether it exists: it does, and the run continues.
        assert.equal((await createServiceUser(admin, options)).outcome, "created");
        undo();
        return;
      }
      await assert.rejects(createServiceUser(admin, options));
      undo();
      assert.deepEqual([await countUsers(username), readdirSync(directory)], [0, []]);
      assert.equal((await createServiceUser(admin, options)).outcome, "created");
    });
  }

  it("leaves a user that existed before unchanged", async (t) => {
    const { username, file } = prepare(t);
    const { userId } = await emulator.createServiceUser({ username });
    const before = await listCredentials(userId);
    const store = commandStore({ writeWith: "exit 1" });
    await assert.rejects(createServiceUser(admin, { username, store, roles: ["ORG_OWNER"] }), /exit code 1/);
    assert.deepEqual([await listCredentials(userId), await countUsers(username)], [before, 1]);
    const { outcome } = await createServiceUser(admin, { username, file, roles: ["ORG_OWNER"] });
    assert.equal(outcome, "completed");
  });

  it("reports what is left where it cannot roll back", async (t) => {
    const { username, file } = prepare(t);
    t.after(refuse("/AddKey"));
    t.after(refuse("/DeleteUser"));
    await assert.rejects(createServiceUser(admin, { username, file }), (error: ServiceUserError) => {
      assert.equal(error.code, "rollback_failed");
      assert.match(error.hint, /^Remove by hand: the user \d+$/);
      return error.cause !== undefined;
    });
  });

  it("stops when aborted, and rolls back", async (t) => {
    const { username, file } = prepare(t);
    const controller = new AbortController();
    const onStep = ({ name }: ServiceUserStep) =>
      name === "create-user" && controller.abort(new Error("stop"));
    const options = { username, file, signal: controller.signal, onStep };
    await assert.rejects(createServiceUser(admin, options), /^Error: stop$/);
    assert.equal(await countUsers(username), 0);
  });

  it("gives nobody more or less than requested", async (t) => {
    const { username, file } = prepare(t);
    await emulator.createServiceUser({ username, roles: ["ORG_OWNER"] });
    const creation = createServiceUser(admin, { username, file, roles: ["ORG_USER_MANAGER"] });
    await assert.rejects(
      creation,
      /The user exists and has ORG_OWNER in the organization \d+, not ORG_USER_MANAGER/,
    );
  });

  it("overwrites nothing that is not its own, and revokes no secret", async (t) => {
    const { username, file } = prepare(t);
    const { userId } = await emulator.createServiceUser({ username });
    const secret = createServiceUser(admin, { username, file, method: "secret" });
    await assert.rejects(
      secret,
      new RegExp(`The user ${userId} has a client secret, which a new one would end`),
    );
    writeFileSync(file, emulator.serviceUser.keyFile);
    for (const name of [username, `${username} new`]) {
      await assert.rejects(createServiceUser(admin, { username: name, file }), /which would be lost/);
    }
    assert.equal(readFileSync(file, "utf8"), emulator.serviceUser.keyFile);
  });

  it("names an invalid option", async (t) => {
    const { username, file } = prepare(t);
    const wrong: [object, RegExp][] = [
      [{ file }, /^TypeError: createServiceUser\(\): username is undefined/],
      [{ username }, /createServiceUser\(\): expected exactly one of file, store/],
      [{ username, file, method: "password" }, /createServiceUser\(\): method is .*"key", "secret", "pat"/],
      [{ username, file, roles: ["ORG_OWNR"] }, /roles is not a role of Zitadel; expected such as ORG_OWNER/],
      [
        { username, file, roles: ["PROJECT_OWNER"] },
        /projectId is undefined; expected the id of the project/,
      ],
      [{ username, file, role: "ORG_OWNER" }, /role is not an option; did you mean roles/],
    ];
    for (const [options, expected] of wrong) {
      // As JavaScript can.
      const creation = createServiceUser(admin, options as Parameters<typeof createServiceUser>[1]);
      await assert.rejects(creation, expected);
    }
    assert.equal(await countUsers(username), 0);
  });

  function prepare(t: TestContext) {
    const directory = mkdtempSync(join(tmpdir(), "create-"));
    t.after(() => rmSync(directory, { recursive: true }));
    return { directory, file: join(directory, "service-user.json"), username: `created robot ${++count}` };
  }

  async function countUsers(userName: string): Promise<number> {
    const queries = [{ query: { case: "userNameQuery" as const, value: { userName } } }];
    return (await admin.user.v2.listUsers({ queries })).result.length;
  }

  async function listCredentials(id: string): Promise<string[]> {
    const filters = [{ filter: { case: "userIdFilter" as const, value: { id } } }];
    const { administrators } = await admin.internal_permission.v2beta.listAdministrators({
      filters: [{ filter: { case: "inUserIdsFilter", value: { ids: [id] } } }],
    });
    const { result } = await admin.user.v2.listKeys({ filters });
    return [...result.map((key) => key.id), ...administrators.flatMap(({ roles }) => roles)];
  }

  function refuse(path: string): () => void {
    return emulator.intercept((request, next) => {
      if (!request.path.endsWith(path)) return next();
      return { status: 500, headers: new Headers({ "content-type": "text/plain" }), body: "lost" };
    });
  }
});
