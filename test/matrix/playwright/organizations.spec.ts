import { expect, test } from "@playwright/test";
import { createZitadel } from "zitadel-connect";

const zitadel = createZitadel();
test.afterAll(() => zitadel.close());

test("an organization can be read", async ({ request }) => {
  const { organizationId } = await zitadel.org.v2.addOrganization({ name: crypto.randomUUID() });
  const { result } = await zitadel.org.v2.listOrganizations();
  expect(result.map(({ id }) => id)).toContain(organizationId);
  const page = await request.get(`${process.env["ZITADEL_API_URL"]}/.well-known/openid-configuration`);
  expect(page.ok()).toBe(true);
});
