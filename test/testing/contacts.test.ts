import assert from "node:assert/strict";
import { it } from "node:test";
import { createZitadel, personalAccessToken } from "../../src/index.ts";
import { startEmulator } from "../../src/testing/index.ts";

it("an email address is verified by a code that expires after an hour, and by a new one after that", async () => {
  let now = Date.parse("2030-01-01T00:00:00Z");
  await using emulator = await startEmulator({ clock: { now: () => now } });
  await using zitadel = createZitadel({
    url: emulator.url,
    auth: personalAccessToken({ token: emulator.serviceUser.token }),
  });
  const { user } = zitadel;
  const { userId, emailCode = "" } = await user.v2.addHumanUser({
    username: "ada",
    profile: { givenName: "Ada", familyName: "Lovelace" },
    email: { email: "ada@example.test", verification: { case: "returnCode", value: {} } },
  });
  now += 3_600_001;
  await assert.rejects(user.v2.verifyEmail({ userId, verificationCode: emailCode }), { id: "COMMAND-eis9R" });
  const { verificationCode = "" } = await user.v2.resendEmailCode({
    userId,
    verification: { case: "returnCode", value: {} },
  });
  now += 3_600_000;
  await user.v2.verifyEmail({ userId, verificationCode });
  const { user: found } = await user.v2.getUserByID({ userId });
  assert.equal(found?.type.case === "human" && found.type.value.email?.isVerified, true);
});
