import { generateKeyPairSync } from "node:crypto";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createZitadel, personalAccessToken } from "../../../src/index.ts";
import { type Emulator, startEmulator } from "../../../src/testing/index.ts";
import { newerServices } from "../newer/services.ts";
import { Placeholders } from "./placeholders.ts";
import { play, type Stage } from "./play.ts";
import { readFlow } from "./recording.ts";
import { type FlowSetup, setups } from "./setups.ts";

/** Plays a flow against a new emulator. Returns the steps with what is different from the recording. */
export async function replay(flow: string): Promise<Map<string, string[]>> {
  await using emulator = await startEmulator({ services: await newerServices() });
  const stage = await prepare(emulator, setups[flow]);
  const results = new Map<string, string[]>();
  for (const step of readFlow(flow)) results.set(`${flow}/${step.name}`, await play(stage, step));
  return results;
}

/** The users and the second organization that the recordings begin with. */
async function prepare(emulator: Emulator, setup: FlowSetup | undefined): Promise<Stage> {
  const { serviceUser, url } = emulator;
  const { organizationId: defaultOrganizationId } = serviceUser;
  await using zitadel = createZitadel({ url, auth: personalAccessToken({ token: serviceUser.token }) });
  const { organizationId } = await zitadel.org.v2.addOrganization({ name: "Second" });
  const createMachine = async (username: string, owner: string): Promise<{ id: string; token: string }> => {
    const value = { name: username };
    const user = { organizationId: owner, username, userType: { case: "machine" as const, value } };
    const { id } = await zitadel.user.v2.createUser(user);
    const expirationDate = timestampFromDate(new Date("2099-01-01"));
    const { token } = await zitadel.user.v2.addPersonalAccessToken({ userId: id, expirationDate });
    return { id, token };
  };
  const admin = await createMachine("admin-machine", defaultOrganizationId);
  const limited = await createMachine("limited", defaultOrganizationId);
  const owner = await createMachine("orgowner", organizationId);
  const { createAdministrator } = zitadel.internal_permission.v2beta;
  const organization = (id: string) => ({ resource: { case: "organizationId", value: id } }) as const;
  await createAdministrator({
    userId: admin.id,
    resource: { resource: { case: "instance", value: true } },
    roles: ["IAM_OWNER"],
  });
  await createAdministrator({
    userId: admin.id,
    resource: organization(defaultOrganizationId),
    roles: ["ORG_OWNER"],
  });
  await createAdministrator({
    userId: owner.id,
    resource: organization(organizationId),
    roles: ["ORG_OWNER"],
  });
  await zitadel.settings.v2.setSecuritySettings({ enableImpersonation: true });
  // An earlier run had left it, in an organization that does not exist.
  await zitadel.project.v2beta.createProject({ organizationId: "1", name: "x" });
  const { instance } = await zitadel.admin.v1.getMyInstance();
  const own = await setup?.prepare?.(emulator);
  return {
    url,
    tokens: { admin: admin.token, limited: limited.token, orgowner: owner.token },
    placeholders: new Placeholders({
      "<origin>": url,
      "<instance>": instance?.id ?? "",
      "<defaultOrg>": defaultOrganizationId,
      "<secondOrg>": organizationId,
      "<admin>": admin.id,
      "<limited>": limited.id,
      "<orgowner>": owner.id,
      ...own,
      ...publicKeys(),
    }),
    keyFiles: new Map(),
    credentials: setup?.credentials,
  };
}

/** A key in the two forms in which one can be written, as requests in JSON have bytes. Small, since nothing is signed. */
function publicKeys(): Record<string, string> {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 512 });
  const inPem = (type: "spki" | "pkcs1"): string =>
    Buffer.from(publicKey.export({ type, format: "pem" })).toString("base64");
  return { "<publicKey>": inPem("spki"), "<publicKeyPkcs1>": inPem("pkcs1") };
}
