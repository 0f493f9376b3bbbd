import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createZitadel, isZitadelError, personalAccessToken, type Zitadel } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

const NO_MEMBERSHIP = "AUTHZ-cdgFk";
/** The permission that the RPC declares is missing, or the one for its object. */
const NOT_DECLARED = "AUTH-5mWD2";
const NOT_THERE = "AUTH-AWfge";

/** Calls, and below by role the id of the refusal of a running Zitadel; `ok` means success. */
const CALLS: Readonly<Record<string, (zitadel: Zitadel, ids: Ids) => PromiseLike<unknown>>> = {
  "add an organization": ({ org }) => org.v2.addOrganization({ name: `org ${counter++}` }),
  "create a project": ({ project }, { organizationId }) =>
    project.v2beta.createProject({ organizationId, name: `project ${counter++}` }),
  "create a user": ({ user }, { organizationId }) =>
    user.v2.createUser({
      organizationId,
      username: `user ${counter++}`,
      userType: { case: "machine", value: { name: "robot" } },
    }),
  "set a password": ({ user }, { userId }) =>
    user.v2.setPassword({ userId, newPassword: { password: "Password1!" } }),
  "make an administrator": ({ internal_permission }, { userId, organizationId }) =>
    internal_permission.v2beta.updateAdministrator({
      userId,
      resource: { resource: { case: "organizationId", value: organizationId } },
      roles: ["ORG_OWNER"],
    }),
  "read the instance's events": ({ admin }) => admin.v1.listEvents({ limit: 1 }),
  "read users of v1": ({ management }) => management.v1.listUsers(),
};

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(CALLS).map(() => NO_MEMBERSHIP),
  IAM_OWNER: Object.keys(CALLS).map(() => "ok"),
  IAM_ORG_MANAGER: ["ok", "ok", "ok", "ok", "ok", NOT_DECLARED, "ok"],
  IAM_USER_MANAGER: [NOT_THERE, NOT_THERE, "ok", "ok", NOT_THERE, NOT_DECLARED, "ok"],
  ORG_OWNER: [NO_MEMBERSHIP, "ok", "ok", "ok", "ok", NOT_DECLARED, "ok"],
  ORG_USER_MANAGER: [NO_MEMBERSHIP, NOT_THERE, "ok", "ok", NOT_THERE, NOT_DECLARED, "ok"],
  IAM_OWNER_VIEWER: [...Array<string>(5).fill(NOT_THERE), "ok", "ok"],
};

interface Ids {
  readonly organizationId: string;
  /** A human who is an ORG_OWNER. */
  readonly userId: string;
}

let counter = 0;

describe("permissions of the emulator", () => {
  let emulator: Emulator;
  let admin: Zitadel;
  let ids: Ids;
  before(async () => {
    emulator = await startEmulator();
    admin = connect(emulator.serviceUser.token);
    const { organizationId } = emulator.serviceUser;
    const { userId } = await admin.user.v2.addHumanUser({
      username: "ada",
      profile: { givenName: "Ada", familyName: "Lovelace" },
      email: { email: "ada@example.com" },
    });
    await admin.internal_permission.v2beta.createAdministrator({
      userId,
      resource: { resource: { case: "organizationId", value: organizationId } },
      roles: ["ORG_OWNER"],
    });
    ids = { organizationId, userId };
  });
  after(async () => {
    await admin.close();
    await emulator.close();
  });

  for (const [role, expected] of Object.entries(EXPECTED)) {
    it(`are those of ${role || "nobody"} for a user with that role`, async () => {
      const roles = role === "" ? [] : [role];
      const { token } = await emulator.createServiceUser({ username: `with ${role}`, roles });
      await using zitadel = connect(token);
      const seen: string[] = [];
      for (const call of Object.values(CALLS)) seen.push(await outcome(call(zitadel, ids)));
      assert.deepEqual(seen, expected);
    });
  }

  it("of an organization's owner are limited to the organization", async () => {
    const { organizationId } = await admin.org.v2.addOrganization({ name: "Elsewhere" });
    const { token } = await emulator.createServiceUser({ username: "owner", roles: ["ORG_OWNER"] });
    await using zitadel = connect(token);
    const create = CALLS["create a project"];
    assert.ok(create !== undefined);
    assert.equal(await outcome(create(zitadel, { ...ids, organizationId })), NO_MEMBERSHIP);
    const names = (await zitadel.org.v2.listOrganizations()).result.map(({ name }) => name);
    assert.deepEqual(names, ["ZITADEL"]);
  });

  it("of a project's owner are limited to the project", async () => {
    const { organizationId } = ids;
    const [own, other] = await Promise.all(
      ["own", "other"].map((name) => admin.project.v2beta.createProject({ organizationId, name })),
    );
    const { userId, token } = await emulator.createServiceUser({ username: "project owner" });
    await admin.internal_permission.v2beta.createAdministrator({
      userId,
      resource: { resource: { case: "projectId", value: own?.id ?? "" } },
      roles: ["PROJECT_OWNER"],
    });
    await using zitadel = connect(token);
    const addRole = (projectId: string) =>
      outcome(zitadel.project.v2beta.addProjectRole({ projectId, roleKey: "r", displayName: "R" }));
    assert.deepEqual([await addRole(own?.id ?? ""), await addRole(other?.id ?? "")], ["ok", NOT_THERE]);
  });

  it("let all users read and change themselves, and manage their own credentials", async () => {
    const { userId, token } = await emulator.createServiceUser({ username: "nobody" });
    await using zitadel = connect(token);
    const { user } = zitadel;
    const expirationDate = { seconds: 4_000_000_000n };
    const outcomes = [
      user.v2.getUserByID({ userId }),
      user.v2.addKey({ userId, expirationDate }),
      user.v2.addPersonalAccessToken({ userId, expirationDate }),
      user.v2.setUserMetadata({ userId, metadata: [{ key: "k", value: Buffer.from("v") }] }),
    ].map(outcome);
    assert.deepEqual(await Promise.all(outcomes), ["ok", "ok", "ok", NO_MEMBERSHIP]);
    const { result } = await user.v2.listUsers();
    assert.deepEqual(
      result.map((one) => one.userId),
      [userId],
    );
  });

  it("are not checked where a test's own handler responds", async () => {
    const { token } = await emulator.createServiceUser({ username: "free" });
    const { OrganizationService } = await import("../../gen/zitadel/org/v2/org_service_pb.js");
    const undo = emulator.handle(OrganizationService, { addOrganization: () => ({ organizationId: "7" }) });
    await using zitadel = connect(token);
    assert.equal((await zitadel.org.v2.addOrganization({ name: "x" })).organizationId, "7");
    undo();
  });

  it("come from existing roles only", async () => {
    await assert.rejects(
      emulator.createServiceUser({ username: "x", roles: ["ORG_KING"] }),
      /createServiceUser\(\): roles is something else; expected roles of an instance or an organization/,
    );
  });

  function connect(token: string): Zitadel {
    return createZitadel({ url: emulator.url, auth: personalAccessToken({ token }) });
  }
});

/** The id of the refusal, or `ok`. */
async function outcome(call: PromiseLike<unknown>): Promise<string> {
  try {
    await call;
    return "ok";
  } catch (error) {
    if (!isZitadelError(error)) throw error;
    return error.id ?? error.message;
  }
}
