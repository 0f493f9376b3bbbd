import { afterAll, expect, test } from "@jest/globals";
import { createZitadel } from "zitadel-connect";

const zitadel = createZitadel();
afterAll(() => zitadel.close());

test("an organization can be read", async () => {
  const { organizationId } = await zitadel.org.v2.addOrganization({ name: crypto.randomUUID() });
  const { result } = await zitadel.org.v2.listOrganizations();
  expect(result.map(({ id }) => id)).toContain(organizationId);
});
