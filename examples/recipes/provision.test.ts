// An integration test of provision.ts, with its own Zitadel: node --test provision.test.ts
import assert from "node:assert/strict";
import { test } from "node:test";
import { createZitadel, personalAccessToken } from "zitadel-connect";
import { startEmulator } from "zitadel-connect/testing";
import { provision } from "./provision.ts";

test("a customer is provisioned once, however often it is tried", async () => {
  await using emulator = await startEmulator();
  await using zitadel = createZitadel({ url: emulator.url, auth: personalAccessToken(emulator.serviceUser) });
  for (let run = 1; run <= 2; run++) {
    await provision(zitadel, "acme");
    const projectId = "acme-shop";
    const organization = { case: "organizationIdQuery", value: { organizationId: "acme" } } as const;
    const { result: users } = await zitadel.user.v2.listUsers({ queries: [{ query: organization }] });
    const { projectRoles } = await zitadel.project.v2beta.listProjectRoles({ projectId });
    const { applications } = await zitadel.app.v2beta.listApplications({ projectId });
    const filter = { case: "projectId", value: { id: projectId } } as const;
    const { authorizations } = await zitadel.authorization.v2beta.listAuthorizations({
      filters: [{ filter }],
    });
    const counts = [users, projectRoles, applications, authorizations].map(({ length }) => length);
    assert.deepEqual(counts, [11, 3, 1, 10]);
  }
});
