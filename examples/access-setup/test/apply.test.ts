// Runs on the instance that the environment names (ZITADEL_API_URL and an IAM_OWNER), or else on an emulator.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Code, createZitadel, personalAccessToken, until, type Zitadel } from "zitadel-connect";
import { type Emulator, startEmulator } from "zitadel-connect/testing";
import type { Access } from "../src/access.ts";
import { apply } from "../src/apply.ts";

const run = Date.now().toString(36);
const [owner, customer] = [`Platform ${run}`, `Globex ${run}`];
const access: Access = {
  organization: owner,
  project: "Shop",
  roles: { reader: "Sees orders", writer: "Changes orders" },
  applications: { Web: { redirectUris: ["https://shop.example/callback"] }, Backend: {} },
  staff: { "ada-of-acme": ["writer"] },
  customers: [{ organization: customer, roles: ["reader"], users: { "hank-of-globex": ["reader"] } }],
};

describe("the set-up of access", () => {
  let emulator: Emulator | undefined;
  let zitadel: Zitadel;
  const organizationIds: string[] = [];
  before(async () => {
    const isLive = Boolean(process.env["ZITADEL_API_URL"]);
    emulator = isLive ? undefined : await startEmulator();
    zitadel = createZitadel(
      emulator && { url: emulator.url, auth: personalAccessToken(emulator.serviceUser) },
    );
    for (const [name, username] of [
      [owner, "ada-of-acme"],
      [customer, "hank-of-globex"],
    ] as const) {
      const { organizationId } = await zitadel.org.v2.addOrganization({ name });
      organizationIds.push(organizationId);
      const userType = { case: "machine", value: { name: username } } as const;
      await zitadel.user.v2.createUser({ organizationId, username, userType });
    }
  });
  after(async () => {
    for (const id of organizationIds) await zitadel.org.v2beta.deleteOrganization({ id });
    await zitadel.close();
    await emulator?.close();
  });

  /** The changes, once searches have caught up with earlier ones. */
  const applyAccess = async (wanted: Access): Promise<string[]> => {
    const changes: string[] = [];
    await until(() => zitadel.user.v2.listUsers({ queries: inOrganizations() }), {
      holds: ({ result }) => result.length === 2,
    });
    await apply(zitadel, wanted, (change) => changes.push(change.replace(/client id \d+/, "client id …")));
    return changes;
  };
  const inOrganizations = () => {
    const queries = organizationIds.map(
      (organizationId) => ({ query: { case: "organizationIdQuery", value: { organizationId } } }) as const,
    );
    return [{ query: { case: "orQuery", value: { queries } } } as const];
  };
  const settled = () =>
    until(() => zitadel.authorization.v2beta.listAuthorizations({ filters: [ofCustomer()] }), {
      holds: ({ authorizations }) => authorizations.length === 1,
    });
  const ofCustomer = () =>
    ({ filter: { case: "organizationId", value: { id: organizationIds[1] ?? "" } } }) as const;

  it("creates everything in the file, and reports it", async () => {
    assert.deepEqual(await applyAccess(access), [
      "project Shop",
      "role reader",
      "role writer",
      "application Web, client id …",
      "application Backend, client id …",
      "roles of ada-of-acme: writer",
      `grant to ${customer}: reader`,
      "roles of hank-of-globex: reader",
    ]);
  });

  it("changes nothing if everything is as in the file", async () => {
    await settled();
    assert.deepEqual(await applyAccess(access), []);
  });

  it("knows of roles beyond the first page of a list", async () => {
    const more = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`role-${index}`, "More"]));
    const wanted = { ...access, roles: { ...access.roles, ...more } };
    assert.equal((await applyAccess(wanted)).length, 120);
    const ofOwner = { case: "projectResourceOwnerFilter", value: { id: organizationIds[0] ?? "" } } as const;
    const { projects } = await zitadel.project.v2beta.listProjects({ filters: [{ filter: ofOwner }] });
    const projectId = projects[0]?.id ?? "";
    await until(() => zitadel.project.v2beta.listProjectRoles({ projectId }), {
      holds: ({ pagination }) => pagination?.totalResult === 122n,
    });
    assert.deepEqual(await applyAccess(wanted), []);
  });

  it("changes only what differs", async () => {
    const customers = [
      {
        organization: customer,
        roles: ["reader", "writer"],
        users: { "hank-of-globex": ["writer", "reader"] },
      },
    ];
    const roles = { ...access.roles, writer: "Writes orders" };
    assert.deepEqual(await applyAccess({ ...access, roles, customers }), [
      "role writer",
      `grant to ${customer}: reader, writer`,
      "roles of hank-of-globex: writer, reader",
    ]);
  });

  it("refuses roles that a customer was not granted", async () => {
    const customers = [
      { organization: customer, roles: ["reader"], users: { "hank-of-globex": ["manager"] } },
    ];
    await assert.rejects(applyAccess({ ...access, customers }), { code: Code.FailedPrecondition });
  });

  it("says which user name is wrong", async () => {
    await assert.rejects(applyAccess({ ...access, staff: { nobody: ["reader"] } }), /^Error: nobody: /);
  });
});
