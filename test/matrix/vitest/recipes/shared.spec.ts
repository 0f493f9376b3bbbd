import { afterAll, expect, inject, test } from "vitest";
import { createZitadel, personalAccessToken } from "zitadel-connect";

const { url, token } = inject("zitadel");
const zitadel = createZitadel({ url, auth: personalAccessToken({ token }) });
afterAll(() => zitadel.close());

test("an organization can be read", async () => {
  const { organizationId } = await zitadel.org.v2.addOrganization({ name: crypto.randomUUID() });
  const { result } = await zitadel.org.v2.listOrganizations();
  expect(result.map(({ id }) => id)).toContain(organizationId);
});
