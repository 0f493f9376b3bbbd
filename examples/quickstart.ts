/**
 * Signs in as a service user, creates a user, finds it again, and reads a v1 and a v2 service. Runs on the instance that
 * the environment names (`ZITADEL_API_URL` and a credential), else on an emulator.
 */
import { randomUUID } from "node:crypto";
import { createZitadel, privateKeyJwt, type Zitadel } from "zitadel-connect";
import { startEmulator } from "zitadel-connect/testing";

if (process.env["ZITADEL_API_URL"]) {
  await using zitadel = createZitadel();
  await tour(zitadel, process.env["ZITADEL_API_URL"]);
} else {
  await using emulator = await startEmulator();
  await using zitadel = createZitadel({
    url: emulator.url,
    auth: privateKeyJwt({ key: emulator.serviceUser.keyFile }),
  });
  await tour(zitadel, `an emulator at ${emulator.url} (set ZITADEL_API_URL for a real one)`);
}

async function tour(zitadel: Zitadel, where: string): Promise<void> {
  console.log(`Zitadel: ${where}`);

  const { user: me } = await zitadel.auth.v1.getMyUser();
  console.log(`✓ signed in as ${me?.preferredLoginName} (user ${me?.id})`);

  const { org } = await zitadel.management.v1.getMyOrg();
  console.log(`✓ v1 over gRPC: its organization is "${org?.name}" (${org?.id})`);

  const { defaultLanguage } = await zitadel.settings.v2.getGeneralSettings();
  console.log(`✓ v2 over Connect: the default language is "${defaultLanguage}"`);

  const username = `ada-${randomUUID().slice(0, 8)}`;
  const { userId } = await zitadel.user.v2.addHumanUser({
    username,
    profile: { givenName: "Ada", familyName: "Lovelace" },
    email: { email: `${username}@example.com`, verification: { case: "isVerified", value: true } },
  });
  console.log(`✓ created the user ${username} (${userId})`);

  const { user } = await zitadel.user.v2.getUserByID({ userId });
  if (user?.type.case === "human") console.log(`✓ found it again: ${user.type.value.profile?.displayName}`);

  await zitadel.user.v2.deleteUser({ userId });
  console.log("✓ deleted it");
}
