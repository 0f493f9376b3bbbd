import { generateKeyPairSync } from "node:crypto";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { createZitadel, personalAccessToken, type Zitadel } from "../../../src/index.ts";
import { type Emulator, startEmulator } from "../../../src/testing/index.ts";
import { newerServices } from "../newer/services.ts";
import { Placeholders } from "./placeholders.ts";
import { play, type Stage } from "./play.ts";
import { readFlow } from "./recording.ts";
import { createMachine, type FlowSetup, setups } from "./setups.ts";

/** Replays a flow against a fresh emulator. Returns the steps with their differences from the recording. */
export async function replay(emulator: Emulator, flow: string): Promise<Map<string, string[]>> {
  emulator.reset();
  const { url, serviceUser } = emulator;
  await using zitadel = createZitadel({ url, auth: personalAccessToken({ token: serviceUser.token }) });
  const { organizationId } = serviceUser;
  const stage = await prepare({ url, zitadel, organizationId, second: "Second" }, setups[flow]);
  // An earlier run had left it, in an organization that does not exist.
  await zitadel.project.v2beta.createProject({ organizationId: "1", name: "x" });
  await zitadel.settings.v2.setSecuritySettings({ enableImpersonation: true });
  const results = new Map<string, string[]>();
  for (const step of readFlow(flow)) results.set(`${flow}/${step.name}`, await play(stage, step));
  return results;
}

/** An emulator for `replay()`. */
export async function startStage(): Promise<Emulator> {
  return await startEmulator({ services: await newerServices() });
}

/** An instance on which flows are played, as an IAM_OWNER sees it. */
export interface Place {
  readonly url: string;
  readonly zitadel: Zitadel;
  /** The organization that replaces the default one. */
  readonly organizationId: string;
  /** The name of the second organization. */
  readonly second: string;
  /** Makes names unique. Default: they stay the same. */
  readonly rename?: ((name: string) => string) | undefined;
}

/** The users and the second organization that the recordings begin with. */
export async function prepare(place: Place, setup: FlowSetup | undefined): Promise<Stage> {
  const { url, zitadel, organizationId: first, second, rename = (name) => name } = place;
  const { organizationId } = await zitadel.org.v2.addOrganization({ name: second });
  const create = (username: string, owner: string) => createMachine(zitadel, rename(username), owner);
  const admin = await create("admin-machine", first);
  const limited = await create("limited", first);
  const owner = await create("orgowner", organizationId);
  const { createAdministrator } = zitadel.internal_permission.v2beta;
  const organization = (id: string) => ({ resource: { case: "organizationId", value: id } }) as const;
  await createAdministrator({
    userId: admin.id,
    resource: { resource: { case: "instance", value: true } },
    roles: ["IAM_OWNER"],
  });
  await createAdministrator({ userId: admin.id, resource: organization(first), roles: ["ORG_OWNER"] });
  await createAdministrator({
    userId: owner.id,
    resource: organization(organizationId),
    roles: ["ORG_OWNER"],
  });
  const { instance } = await zitadel.admin.v1.getMyInstance();
  const own = await setup?.prepare?.(zitadel, { organizationId: first, rename });
  return {
    url,
    grpc: createGrpcTransport({ baseUrl: url, acceptCompression: [] }),
    tokens: { admin: admin.token, limited: limited.token, orgowner: owner.token },
    placeholders: new Placeholders({
      "<origin>": url,
      "<instance>": instance?.id ?? "",
      "<defaultOrg>": first,
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

let keys: Record<string, string> | undefined;

/** A key in both forms in which one can be written, since requests in JSON have bytes. */
function publicKeys(): Record<string, string> {
  keys ??= generatePublicKeys();
  return keys;
}

/** Small, since it signs nothing. */
function generatePublicKeys(): Record<string, string> {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 512 });
  const inPem = (type: "spki" | "pkcs1"): string =>
    Buffer.from(publicKey.export({ type, format: "pem" })).toString("base64");
  return { "<publicKey>": inPem("spki"), "<publicKeyPkcs1>": inPem("pkcs1") };
}
