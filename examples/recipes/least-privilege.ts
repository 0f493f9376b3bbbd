// Creates a service user for provision.ts with only the role that it needs, and shows that provisioning fails without
// the role: node least-privilege.ts KEY_FILE. Run it as an IAM_OWNER.
import { writeFileSync } from "node:fs";
import { createZitadel, hasErrorId, privateKeyJwt, until } from "zitadel-connect";
import { provision } from "./provision.ts";

const ROLE = "IAM_ORG_MANAGER"; // may create organizations, and do everything in them
const keyFile = process.argv[2] ?? "provisioner.json";

await using admin = createZitadel();
const { user: self } = await admin.auth.v1.getMyUser();
const { id: userId } = await admin.user.v2.createUser({
  organizationId: self?.details?.resourceOwner ?? "",
  username: `provisioner-${Date.now()}`,
  userType: { case: "machine", value: { name: "Provisioner" } },
});
const expirationDate = new Date(Date.now() + 90 * 86_400_000);
const { keyContent } = await admin.user.v2.addKey({ userId, expirationDate });
writeFileSync(keyFile, keyContent, { mode: 0o600 });

const url = process.env["ZITADEL_API_URL"] ?? "";
await using zitadel = createZitadel({ url, auth: privateKeyJwt({ keyFile }) });
const name = `acme-${Date.now()}`;
const refused = (error: unknown) => {
  if (!hasErrorId(error, "AUTHZ-cdgFk")) throw error; // Zitadel's error for a user without any role
  return String(error);
};
console.log("without a role:", await provision(zitadel, name).catch(refused));
const resource = { resource: { case: "instance", value: true } } as const;
await admin.internal_permission.v2beta.createAdministrator({ userId, resource, roles: [ROLE] });
await until(() => zitadel.management.v1.getMyOrg().catch(refused), {
  holds: (org) => typeof org !== "string",
});
await provision(zitadel, name);
console.log(`with ${ROLE}: ${name} is provisioned`);
