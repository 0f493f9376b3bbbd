import { statSync } from "node:fs";
import { type Clock, systemClock } from "../shared/clock.ts";
import {
  checkOptions,
  requireKnown,
  requireNumber,
  requireObject,
  requireStrings,
} from "../shared/invalid-option.ts";
import { unreadable } from "../shared/option-file.ts";
import {
  listWithClock,
  type ServiceUserCredential,
  type ServiceUserList,
  type ServiceUserSummary,
} from "./list-service-users.ts";
import type { ServiceUserManager } from "./manager.ts";
import type { Membership } from "./memberships.ts";
import { describePlace } from "./steps.ts";

/** The rules of an audit. */
export type AuditRule =
  | "iam-owner"
  | "no-expiry"
  | "old-credential"
  | "unused-credential"
  | "personal-access-token"
  | "key-file-mode";

/** The rules of an audit, each with what it finds. */
export const AUDIT_RULES: Readonly<Record<AuditRule, string>> = {
  "iam-owner": "A service user is IAM_OWNER: its credential gives access to the whole instance",
  "no-expiry": "A credential never expires, or only after more than ten years",
  "old-credential": "A credential is older than 90 days",
  "unused-credential": "A credential has obtained no token for 90 days",
  "personal-access-token":
    "A personal access token is used where a key would do: the token is sent with every call",
  "key-file-mode": "A credential file can be read by users other than its owner",
};

/** A problem that an audit found. */
export interface AuditFinding {
  readonly rule: AuditRule;
  /** The problem, in words. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
  readonly userId?: string | undefined;
  readonly username?: string | undefined;
  /** The id of a key or a personal access token. */
  readonly credentialId?: string | undefined;
  /** The path of a file. */
  readonly file?: string | undefined;
}

/** Options of {@link auditServiceUsers}. */
export interface AuditOptions {
  /** Only service users of an organization, by id. Default: all that the caller may see. */
  readonly organizationId?: string | undefined;
  /** Only service users with these user names. Default: all. */
  readonly usernames?: readonly string[] | undefined;
  /** Paths of credential files whose modes to check. Default: none. */
  readonly files?: readonly string[] | undefined;
  /** The age in days at which a credential is old. Default: 90. */
  readonly maxAgeDays?: number | undefined;
  /** The number of days without use after which a credential is unused. Default: 90. */
  readonly unusedDays?: number | undefined;
  /** Rules to leave out. Default: none. */
  readonly ignore?: readonly AuditRule[] | undefined;
}

/** The result of an audit. */
export interface AuditReport {
  readonly findings: readonly AuditFinding[];
  /** The number of service users that were checked. */
  readonly users: number;
  /** What could not be checked, and why. */
  readonly notes: readonly string[];
}

/**
 * Checks service users by {@link AUDIT_RULES}. Covers what the caller may see; IAM_OWNER_VIEWER sees everything. The
 * notes say what could not be checked.
 *
 * @throws TypeError if an option is invalid, a ZitadelError if a call fails
 */
export async function auditServiceUsers(
  zitadel: ServiceUserManager,
  options: AuditOptions = {},
): Promise<AuditReport> {
  return await auditWithClock(zitadel, options, systemClock);
}

const DAY_MS = 24 * 3_600_000;
const DAYS = 90;
/** A credential with a longer lifetime counts as one that never expires. */
const LONGEST_MS = 10 * 365.25 * DAY_MS;

const KNOWN: Record<keyof AuditOptions, true> = {
  organizationId: true,
  usernames: true,
  files: true,
  maxAgeDays: true,
  unusedDays: true,
  ignore: true,
};

/** `auditServiceUsers()` with an injected clock. */
export async function auditWithClock(
  zitadel: ServiceUserManager,
  options: AuditOptions,
  clock: Clock,
): Promise<AuditReport> {
  checkOptions("auditServiceUsers()", () => {
    requireObject("its second argument", options, "{ organizationId }");
    requireKnown("", options, KNOWN);
    if (options.files !== undefined) requireStrings("files", options.files);
    if (options.ignore !== undefined) requireStrings("ignore", options.ignore);
    requireNumber("maxAgeDays", options.maxAgeDays, { min: 1 });
    requireNumber("unusedDays", options.unusedDays, { min: 1 });
  });
  const { organizationId, usernames, files = [], ignore = [], unusedDays = DAYS } = options;
  // There are many sign-ins, so they are not read for a rule that is left out.
  const isUsageWanted = !ignore.includes("unused-credential");
  const wanted = { organizationId, usernames, usageDays: unusedDays };
  const listed = await listWithClock(zitadel, wanted, clock, isUsageWanted ? "sign-ins" : "made");
  const limits = { now: clock.now(), maxAgeDays: options.maxAgeDays ?? DAYS, unusedDays };
  const findings = [
    ...listed.users.flatMap((user) => auditUser(user, limits)),
    ...files.flatMap((file) => auditFile(file) ?? []),
  ];
  return {
    findings: findings.filter(({ rule }) => !ignore.includes(rule)),
    users: listed.users.length,
    notes: listed.users.length === 0 ? [] : findGaps(listed, isUsageWanted),
  };
}

/** What could not be checked. */
function findGaps(
  { usageSince, rolesKnown, users, callerId }: ServiceUserList,
  isUsageWanted: boolean,
): string[] {
  const hasOthers = users.some(({ userId }) => userId !== callerId);
  return [
    ...(usageSince === undefined && isUsageWanted
      ? ["Whether credentials are used is not known: reading events needs events.read (IAM_OWNER_VIEWER)"]
      : []),
    ...(rolesKnown !== "all" && hasOthers
      ? ["Who else is IAM_OWNER is not known: seeing that needs iam.member.read (IAM_OWNER_VIEWER)"]
      : []),
  ];
}

/** The limits that the rules apply. */
export interface AuditLimits {
  readonly now: number;
  readonly maxAgeDays: number;
  readonly unusedDays: number;
}

function auditUser(user: ServiceUserSummary, limits: AuditLimits): AuditFinding[] {
  const { userId, username, memberships, credentials } = user;
  const found = [
    ...auditRoles(username, memberships),
    ...credentials.flatMap((credential) => auditCredential(username, credential, limits)),
  ];
  return found.map((finding) => ({ ...finding, userId, username }));
}

/** Findings about the roles of a user. */
export function auditRoles(username: string, memberships: readonly Membership[]): AuditFinding[] {
  const isOwner = memberships.some(
    ({ place, roles }) => place.level === "instance" && roles.includes("IAM_OWNER"),
  );
  if (!isOwner) return [];
  return [
    {
      rule: "iam-owner",
      message: `${username} is IAM_OWNER ${describePlace({ level: "instance" })}`,
      fix: "Give it the lowest role that suffices: `service-user permissions` determines it from the program's calls",
    },
  ];
}

/** Findings about a credential. */
export function auditCredential(
  username: string,
  credential: ServiceUserCredential,
  { now, maxAgeDays, unusedDays }: AuditLimits,
): AuditFinding[] {
  const { method, id: credentialId, createdAt, expiresAt, lastUse } = credential;
  const name = describeCredential(username, credential);
  const ageDays = createdAt === undefined ? 0 : Math.floor((now - createdAt.getTime()) / DAY_MS);
  const about = (rule: AuditRule, message: string, fix: string): AuditFinding => ({
    rule,
    message,
    fix,
    credentialId,
  });
  const findings: AuditFinding[] = [];
  if (method === "pat") {
    const fix = "Use a key, so that only short-lived tokens are sent: `service-user create --method key`";
    findings.push(about("personal-access-token", `${name} could be a key`, fix));
  }
  if (method === "secret") {
    const fix = "Use a key with an expiry, or rotate the secret on a schedule";
    findings.push(about("no-expiry", `${name} never expires, like all secrets`, fix));
  } else if (expiresAt === undefined || expiresAt.getTime() > now + LONGEST_MS) {
    const when = expiresAt === undefined ? "never expires" : `expires only in ${expiresAt.getUTCFullYear()}`;
    findings.push(about("no-expiry", `${name} ${when}`, "Rotate it: the new one will expire"));
  }
  if (ageDays > maxAgeDays) {
    findings.push(
      about("old-credential", `${name} is ${ageDays} days old`, "Rotate it: `service-user rotate`"),
    );
  }
  if (lastUse.kind === "none" && (createdAt === undefined || ageDays > unusedDays)) {
    const since = lastUse.since.toISOString().slice(0, 10);
    findings.push(about("unused-credential", `${name} has obtained no token since ${since}`, "Remove it"));
  }
  return findings;
}

/** A credential in words. */
export function describeCredential(
  username: string,
  { method, id }: Pick<ServiceUserCredential, "method" | "id">,
): string {
  const words = { key: "the key", secret: "the client secret", pat: "the personal access token" }[method];
  return `${words}${id === undefined ? "" : ` ${id}`} of ${username}`;
}

/** Everybody except the owner. */
const OTHERS = 0o077;

/** A finding about the mode of a credential file. Windows has no such modes. */
export function auditFile(file: string): AuditFinding | undefined {
  if (process.platform === "win32") return undefined;
  let mode: number;
  try {
    ({ mode } = statSync(file));
  } catch (error) {
    throw unreadable({ option: "files", path: file }, error);
  }
  if ((mode & OTHERS) === 0) return undefined;
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  return {
    rule: "key-file-mode",
    message: `${file} has the mode ${shown}: users other than its owner have access`,
    fix: `chmod 600 ${JSON.stringify(file)}`,
    file,
  };
}
