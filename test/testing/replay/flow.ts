import { createZitadel, personalAccessToken } from "../../../src/index.ts";
import { type Emulator, startEmulator } from "../../../src/testing/index.ts";
import { Placeholders } from "./placeholders.ts";
import { play, type Stage } from "./play.ts";
import { readFlow } from "./recording.ts";

/** Plays a flow against a new emulator. Returns the steps with what is different from the recording. */
export async function replay(flow: string): Promise<Map<string, string[]>> {
  await using emulator = await startEmulator();
  const stage = await prepare(emulator);
  const results = new Map<string, string[]>();
  for (const step of readFlow(flow)) results.set(`${flow}/${step.name}`, await play(stage, step));
  return results;
}

/** The users and the second organization that the recordings begin with. */
async function prepare(emulator: Emulator): Promise<Stage> {
  const { serviceUser, url } = emulator;
  await using zitadel = createZitadel({ url, auth: personalAccessToken({ token: serviceUser.token }) });
  const { organizationId } = await zitadel.org.v2.addOrganization({ name: "Second" });
  const limited = await emulator.createServiceUser({ username: "limited" });
  const owner = await emulator.createServiceUser({
    username: "orgowner",
    organizationId,
    roles: ["ORG_OWNER"],
  });
  const { instance } = await zitadel.admin.v1.getMyInstance();
  return {
    url,
    tokens: { admin: serviceUser.token, limited: limited.token, orgowner: owner.token },
    placeholders: new Placeholders({
      "<origin>": url,
      "<instance>": instance?.id ?? "",
      "<defaultOrg>": serviceUser.organizationId,
      "<secondOrg>": organizationId,
      "<admin>": serviceUser.userId,
      "<limited>": limited.userId,
      "<orgowner>": owner.userId,
    }),
    keyFiles: new Map(),
  };
}
