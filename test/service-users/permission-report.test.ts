import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  createZitadel,
  type Logger,
  personalAccessToken,
  privateKeyJwt,
  type Zitadel,
} from "../../src/index.ts";
import { leastRoleSet } from "../../src/permissions/least-roles.ts";
import { countCalls, readCallLog, reportPermissions } from "../../src/service-users/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

describe("reportPermissions()", () => {
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

  /** A client of a new user. */
  async function open(roles: readonly string[], logger?: Logger) {
    const username = `reporter ${++count}`;
    const { keyFile: key } = await emulator.createServiceUser({ username, roles });
    return { username, zitadel: createZitadel({ url: emulator.url, auth: privateKeyJwt({ key }), logger }) };
  }

  it("reports what a running program calls, needs, and has in addition", async () => {
    const { zitadel, username } = await open(["ORG_OWNER", "IAM_OWNER_VIEWER"]);
    using counter = countCalls();
    await zitadel.user.v2.listUsers();
    await zitadel.user.v2.listUsers();
    await zitadel.project.v2beta.createProject({
      name: "p",
      organizationId: emulator.serviceUser.organizationId,
    });
    await zitadel.user.v2.getUserByID({ userId: "none" }).catch(() => {});
    counter.stop();
    await zitadel.auth.v1.getMyUser();
    const report = await reportPermissions(zitadel, { calls: counter.calls });
    assert.deepEqual(
      report.rpcs.map(({ method, calls, permissions }) => [method.split("/")[1], calls, permissions]),
      [
        ["ListUsers", 2, ["user.read"]],
        ["CreateProject", 1, ["project.create"]],
        ["GetUserByID", 1, ["user.read"]],
      ],
    );
    assert.deepEqual(report.needed, ["project.create", "user.read"]);
    const [owner, viewer] = ["ORG_OWNER", "IAM_OWNER_VIEWER"].map((name) =>
      report.roles.find(({ role }) => role === name),
    );
    assert.deepEqual(
      [owner?.needed.toSorted(), owner?.isSuperfluous],
      [["project.create", "user.read"], false],
    );
    assert.ok(owner?.beyond.includes("org.delete"));
    assert.deepEqual([viewer?.needed, viewer?.isSuperfluous], [["user.read"], true]);
    assert.deepEqual(report.least, [
      { role: "ORG_OWNER_VIEWER", level: "organization" },
      { role: "ORG_PROJECT_CREATOR", level: "organization" },
    ]);
    await zitadel.close();
    // Another user may request the same, by the user's name.
    const asked = await reportPermissions(admin, { calls: counter.calls, username });
    assert.deepEqual([asked.username, asked.least], [username, report.least]);
    assert.deepEqual(asked.roles.map(({ role }) => role).sort(), ["IAM_OWNER_VIEWER", "ORG_OWNER"]);
  });

  it("reads the lines that a client logs, in the formats of loggers, and those of a counter", async () => {
    const lines: string[] = [
      "an unrelated line",
      "{",
      '{"path":"a/b"}',
      '{"method":"GET /x","attempts":1,"status":"ok"}',
    ];
    const log = (message: string, fields: object): void => {
      lines.push(
        JSON.stringify({ level: 20, ...fields, msg: message }),
        JSON.stringify({ message, context: fields }),
      );
    };
    const { zitadel } = await open([], { debug: log, info: log, warn: log, error: log });
    using counter = countCalls();
    await zitadel.user.v2.listUsers();
    await zitadel.close();
    assert.deepEqual(await readCallLog(lines), new Map([["zitadel.user.v2.UserService/ListUsers", 2]]));
    assert.deepEqual(await readCallLog(counter.toNdjson().split("\n")), new Map(counter.calls));
  });

  it("reports RPCs that this package does not know", async () => {
    const calls = new Map([["zitadel.group.v2.GroupService/ListGroups", 1]]);
    const { rpcs, least } = await reportPermissions(admin, { calls });
    assert.deepEqual([rpcs[0]?.isKnown, rpcs[0]?.permissions, least], [false, [], []]);
  });

  it("finds the smallest sufficient set of roles, at the lowest level", () => {
    const roles = (...needs: string[][]) => leastRoleSet(needs).map(({ role }) => role);
    assert.deepEqual(roles(["project.write"]), ["PROJECT_OWNER"]);
    assert.deepEqual(roles(["user.write"], ["user.read"]), ["ORG_USER_MANAGER"]);
    assert.deepEqual(roles(["user.write"], ["org.create"]), ["IAM_ORG_MANAGER"]);
    assert.deepEqual(roles(["events.read"]), ["IAM_OWNER_VIEWER"]);
    assert.deepEqual(roles(["iam.member.write", "org.member.write"]), ["ORG_OWNER"]);
    assert.deepEqual(roles(["system.instance.read"]), []);
    assert.deepEqual(roles(), []);
  });

  it("reports that there is no such user", async () => {
    const report = reportPermissions(admin, { calls: new Map(), username: "nobody" });
    await assert.rejects(report, /There is no user "nobody" that "service-user" may see/);
  });
});
