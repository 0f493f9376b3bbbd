import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createZitadel, personalAccessToken } from "zitadel-connect";
import { type Emulator, startEmulator } from "zitadel-connect/testing";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
beforeEach(() => emulator.reset());
afterAll(() => emulator.close());

for (const run of ["first", "second"]) {
  test(`a name is free in the ${run} test`, async () => {
    const zitadel = createZitadel({ url: emulator.url, auth: personalAccessToken(emulator.serviceUser) });
    await zitadel.org.v2.addOrganization({ name: "Acme" });
    const { result } = await zitadel.org.v2.listOrganizations();
    expect(result).toHaveLength(2);
    await zitadel.close();
  });
}
