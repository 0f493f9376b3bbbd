import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { createZitadel, isNotFound, privateKeyJwt } from "zitadel-connect";
import { startEmulator } from "zitadel-connect/testing";

const emulator = await startEmulator({
  seed: { organizations: [{ name: "Acme", users: [{ id: "robot", username: "robot", machine: {} }] }] },
});
const zitadel = createZitadel({
  url: emulator.url,
  auth: privateKeyJwt({ key: emulator.serviceUser.keyFile }),
});
beforeEach(() => emulator.reset());
after(async () => {
  await zitadel.close();
  await emulator.close();
});

test("a user is removed", async () => {
  await zitadel.user.v2.deleteUser({ userId: "robot" });
  await assert.rejects(zitadel.user.v2.getUserByID({ userId: "robot" }), isNotFound);
});

test("the removed user exists again in the next test", async () => {
  const { user } = await zitadel.user.v2.getUserByID({ userId: "robot" });
  assert.equal(user?.username, "robot");
});
