import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bulk, createZitadel, personalAccessToken } from "../../../src/index.ts";
import { startEmulator } from "../../../src/testing/index.ts";

describe("a list of the emulator", () => {
  it("is deleted completely by a simple loop", async () => {
    await using emulator = await startEmulator();
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken(emulator.serviceUser),
    });
    const names = Array.from({ length: 110 }, (_, index) => `temporary-${index}`);
    await bulk(names, (username) =>
      zitadel.user.v2.addHumanUser({
        username,
        profile: { givenName: "Ada", familyName: "Lovelace" },
        email: { email: `${username}@example.com`, verification: { case: "isVerified", value: true } },
      }),
    );
    const users = zitadel.user.v2.listUsers(
      { queries: [{ query: { case: "typeQuery", value: { type: 1 } } }] },
      { pageSize: 50 },
    );
    const before = await users.total();
    assert.ok(before >= 110);
    let deleted = 0;
    for await (const { userId } of users) {
      await zitadel.user.v2.deleteUser({ userId });
      deleted += 1;
    }
    assert.deepEqual([deleted, await users.total()], [before, 0]);
  });
});
