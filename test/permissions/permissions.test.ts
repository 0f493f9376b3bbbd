import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import type { DescMethod } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { services } from "../../gen/services.js";
import { OrganizationService } from "../../gen/zitadel/org/v2/org_service_pb.js";
import { root } from "../../scripts/pinned-api.ts";
import { toExplainedError } from "../../src/errors/to-zitadel-error.ts";
import { createZitadel, personalAccessToken, type ZitadelError } from "../../src/index.ts";
import { describeRequirement } from "../../src/permissions/describe-requirement.ts";
import { leastRoles } from "../../src/permissions/least-roles.ts";
import { requiredPermissions } from "../../src/permissions/required-permissions.ts";
import { rolePermissions } from "../../src/permissions/roles.ts";
import { startEmulator, zitadelError } from "../../src/testing/index.ts";

const { user, org, session, admin, system, action, internal_permission } = services;

async function load(leaf: { load(): Promise<{ method: object }> }, name: string): Promise<DescMethod> {
  const { method } = await leaf.load();
  const found = (method as Record<string, DescMethod>)[name];
  assert.ok(found, name);
  return found;
}

/** All RPCs of the pinned API. */
async function methods(): Promise<DescMethod[]> {
  const leaves = (tree: object): { load(): Promise<{ methods: DescMethod[] }> }[] =>
    Object.entries(tree).flatMap(([name, node]) => (name === "$service" ? [node] : leaves(node)));
  return (await Promise.all(leaves(services).map((leaf) => leaf.load()))).flatMap((one) => one.methods);
}

/** RPCs without a recorded permission: a user's own data, codes as proof, what any user may read. */
const UNKNOWN =
  /^zitadel\.(auth\.v1\.|analytics\.|resources\.user\.v3alpha\.)|\/(Healthz|Verify\w+|ListExecution(Functions|Methods|Services)|Get(Supported|Allowed)Languages|GetOIDCInformation|GetIAM|GetOrgIAMPolicy|GetDomainPolicy|Get(System|Instance)Features|(Start|Retrieve)IdentityProviderIntent)$/;

describe("permissions", () => {
  it("are known for every RPC except those that any user may call", async () => {
    const unknown = (await methods())
      .filter((method) => requiredPermissions(method).length === 0)
      .map(({ parent, name }) => `${parent.typeName}/${name}`);
    assert.deepEqual(
      unknown.filter((name) => !UNKNOWN.test(name)),
      [],
    );
    assert.ok(unknown.length < 120, String(unknown.length));
  });

  it("of RPCs belong to at least one role", async () => {
    const all = new Set([...rolePermissions.values()].flatMap((permissions) => [...permissions]));
    const wrong = (await methods()).flatMap((method) =>
      requiredPermissions(method).filter((permission) => !all.has(permission)),
    );
    assert.deepEqual([...new Set(wrong)], []);
  });

  it("of roles are as measured: who may create organizations, users, projects", () => {
    const may = (
      role: "IAM_OWNER" | "IAM_ORG_MANAGER" | "ORG_OWNER" | "ORG_USER_MANAGER",
      permission: string,
    ) => rolePermissions.get(role)?.has(permission);
    assert.deepEqual([may("IAM_ORG_MANAGER", "org.create"), may("ORG_OWNER", "org.create")], [true, false]);
    assert.deepEqual(
      [may("ORG_OWNER", "project.create"), may("ORG_USER_MANAGER", "project.create")],
      [true, false],
    );
    assert.deepEqual(
      [may("ORG_USER_MANAGER", "user.write"), may("ORG_USER_MANAGER", "user.grant.write")],
      [true, true],
    );
    assert.deepEqual([may("IAM_OWNER", "iam.write"), may("IAM_ORG_MANAGER", "iam.write")], [true, false]);
    assert.equal(rolePermissions.size, 26);
  });

  it("determine, at each level, the role with the fewest other permissions", () => {
    const roles = (permission: string) => leastRoles(permission).map(({ role }) => role);
    assert.deepEqual(roles("org.create"), ["IAM_ORG_MANAGER"]);
    assert.deepEqual(roles("user.write"), ["ORG_USER_MANAGER", "IAM_USER_MANAGER"]);
    assert.deepEqual(roles("user.read"), ["ORG_OWNER_VIEWER", "IAM_OWNER_VIEWER"]);
    assert.deepEqual(roles("project.write"), ["PROJECT_OWNER", "ORG_OWNER", "IAM_ORG_MANAGER"]);
    assert.deepEqual(roles("session.write"), ["IAM_LOGIN_CLIENT"]);
    assert.deepEqual(roles("action.target.write"), ["IAM_OWNER"]);
    assert.deepEqual(roles("system.instance.read"), []);
  });

  const sentences = [
    [
      "of an RPC that one role of the instance may call",
      () => load(org.v2.$service, "addOrganization"),
      "AddOrganization needs the permission org.create. The least-privileged role that has it is IAM_ORG_MANAGER on the instance.",
    ],
    [
      "of an RPC whose descriptor does not say it",
      () => load(user.v2.$service, "lockUser"),
      "LockUser needs the permission user.write. The least-privileged role that has it is ORG_USER_MANAGER in the organization or IAM_USER_MANAGER on the instance.",
    ],
    [
      "of a v1 RPC",
      () => load(admin.v1.$service, "listEvents"),
      "ListEvents needs the permission events.read. The least-privileged role that has it is IAM_OWNER_VIEWER on the instance.",
    ],
    [
      "of an RPC that depends on its request",
      () => load(internal_permission.v2beta.$service, "createAdministrator"),
      "CreateAdministrator needs, depending on what the request is about, iam.member.write (IAM_OWNER on the instance), org.member.write (ORG_OWNER in the organization), project.member.write (PROJECT_OWNER in the project) or project.grant.member.write (PROJECT_OWNER in the project).",
    ],
    [
      "of the system API",
      () => load(system.v1.$service, "listInstances"),
      "ListInstances needs the permission system.instance.read, which only system users have.",
    ],
  ] as const;
  for (const [what, method, text] of sentences) {
    it(`are explained in a sentence ${what}`, async () => {
      assert.equal(describeRequirement(await method()), text);
    });
  }

  it("are not made up where they are unknown", async () => {
    assert.equal(describeRequirement(await load(action.v2beta.$service, "listExecutionMethods")), undefined);
    assert.ok(
      describeRequirement(await load(session.v2.$service, "createSession"))?.includes("IAM_LOGIN_CLIENT"),
    );
  });
});

describe("the hint of a refusal", () => {
  for (const [code, id] of [
    [Code.PermissionDenied, "AUTH-5mWD2"],
    [Code.NotFound, "AUTHZ-cdgFk"],
  ] as const) {
    it(`names the permission and the least role (${id})`, async () => {
      await using emulator = await startEmulator();
      emulator.handle(OrganizationService, {
        addOrganization: () => {
          throw zitadelError(code, id, "In whatever language");
        },
      });
      await using zitadel = createZitadel({
        url: emulator.url,
        auth: personalAccessToken({ token: emulator.serviceUser.token }),
      });
      await assert.rejects(zitadel.org.v2.addOrganization({ name: "Acme" }), (error: ZitadelError) => {
        assert.match(
          error.hint,
          /^AddOrganization needs the permission org\.create\. .* IAM_ORG_MANAGER on the/,
        );
        assert.match(error.hint, /instance\. Grant the service user a role/);
        assert.ok(error.message.endsWith(`. ${error.hint}`));
        return true;
      });
    });
  }

  it("tells an ORG_OWNER that it has no role there, but not that it has none", async () => {
    const method = await load(org.v2.$service, "addOrganization");
    const error = await toExplainedError(
      zitadelError(Code.NotFound, "AUTHZ-cdgFk", "membership not found"),
      method,
    );
    assert.doesNotMatch(error.hint, /no role at all/);
    assert.match(error.hint, /Calls about no organization need a role on the instance/);
  });

  it("does not load the table of permissions before there is a refusal", async () => {
    const script = `
      import { registerHooks } from "node:module";
      import { Code } from "@connectrpc/connect";
      const loaded = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      const { toExplainedError } = await import("./src/errors/to-zitadel-error.ts");
      const { zitadelError } = await import("./src/testing/errors.ts");
      const { UserService } = await import("./gen/zitadel/user/v2/user_service_pb.js");
      const count = () => loaded.filter((url) => url.includes("/src/permissions/")).length;
      await toExplainedError(zitadelError(Code.NotFound, "QUERY-Dfbg2", "x"), UserService.method.getUserByID);
      const before = count();
      await toExplainedError(zitadelError(Code.NotFound, "AUTHZ-cdgFk", "x"), UserService.method.getUserByID);
      console.log(before, count() > 0);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      cwd: root,
    });
    assert.equal(stdout, "0 true\n");
  });
});
