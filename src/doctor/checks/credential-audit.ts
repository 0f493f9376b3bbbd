import { readFileSync } from "node:fs";
import { parseServiceAccountKey } from "../../auth/credential/key-file.ts";
import type { Zitadel } from "../../client/create-zitadel.ts";
import { ListError } from "../../client/lists/list-error.ts";
import { isZitadelError } from "../../errors/guards.ts";
import { type AuditFinding, auditCredential, auditFile, auditRoles } from "../../service-users/audit.ts";
import { listCredentials } from "../../service-users/credentials.ts";
import { toExpiry } from "../../service-users/list-service-users.ts";
import { listMyMemberships } from "../../service-users/memberships.ts";
import { readCaller } from "../../service-users/users.ts";
import { type Check, ok, warning } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";

/** Reports what `service-user audit` would about the credential in use. */
export const credentialAudit: Check = {
  name: "credential-audit",
  about: "an audit of the credential and its roles",
  needs: ["first-call"],
  async run(context) {
    if (context.client === undefined) throw new TypeError("The first call comes first");
    const findings = [...auditFiles(context), ...(await auditOwn(context, context.client))];
    if (findings.length === 0) return ok("no findings");
    const fixes = new Set(findings.map(({ fix }) => fix));
    return warning(findings.map(({ message }) => message).join("; "), `${[...fixes].join(". ")}.`);
  },
};

const FILES = ["ZITADEL_KEY_FILE", "ZITADEL_SERVICE_USER_TOKEN_FILE"];

function auditFiles({ env, method }: DoctorContext): AuditFinding[] {
  const file = FILES.includes(method) ? env[method]?.trim() : undefined;
  return file === undefined ? [] : [auditFile(file)].flatMap((found) => found ?? []);
}

async function auditOwn(context: DoctorContext, zitadel: Zitadel): Promise<AuditFinding[]> {
  const self = await readCaller(zitadel);
  const roles = ignoreInvisible(async () => auditRoles(self.username, await listMyMemberships(zitadel)));
  const inUse = ignoreInvisible(() => auditInUse(context, zitadel, self));
  return [...(await roles), ...(await inUse)];
}

/** Reports nothing if the user may not see its own credentials. */
async function ignoreInvisible(look: () => Promise<AuditFinding[]>): Promise<AuditFinding[]> {
  try {
    return await look();
  } catch (error) {
    if (isZitadelError(error) || error instanceof ListError) return [];
    throw error;
  }
}

const DAYS = 90;

/** A token does not contain its id, so its age is known only if the user has just one. */
async function auditInUse(
  { env, method }: DoctorContext,
  zitadel: Zitadel,
  self: { readonly userId: string; readonly username: string },
): Promise<AuditFinding[]> {
  const isKey = method.startsWith("ZITADEL_KEY");
  const isToken = method.startsWith("ZITADEL_SERVICE_USER_TOKEN");
  if (!isKey && !isToken) return [];
  const all = await listCredentials(zitadel, isKey ? "keys" : "tokens", [self]);
  const keyId = isKey ? readKeyId(env, method) : undefined;
  const inUse = all.find(({ id }) => id === keyId) ?? (isToken && all.length === 1 ? all[0] : undefined);
  const credential = {
    method: isKey ? ("key" as const) : ("pat" as const),
    id: inUse?.id ?? keyId,
    createdAt: inUse?.createdAt,
    // No warning about an expiry that is not known.
    expiresAt: inUse === undefined ? new Date() : toExpiry(inUse.expires),
    lastUse: { kind: "unknown" as const },
  };
  return auditCredential(self.username, credential, { now: Date.now(), maxAgeDays: DAYS, unusedDays: DAYS });
}

function readKeyId(env: NodeJS.ProcessEnv, method: string): string {
  const value = env[method]?.trim() ?? "";
  const text = method === "ZITADEL_KEY" ? value : readFileSync(value, "utf8");
  return parseServiceAccountKey(text, method).keyId;
}
