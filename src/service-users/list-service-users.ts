import { type Clock, systemClock } from "../shared/clock.ts";
import {
  checkOptions,
  requireBoolean,
  requireKnown,
  requireNumber,
  requireObject,
  requireString,
  requireStrings,
} from "../shared/invalid-option.ts";
import { type ListedCredential, listCredentials } from "./credentials.ts";
import { type MarkedTime, toTime } from "./expiry-mark.ts";
import type { ServiceUserManager } from "./manager.ts";
import { listMemberships, listMyPermissions, type Membership } from "./memberships.ts";
import { requireContext } from "./rotation-options.ts";
import type { CredentialMethod } from "./sign-in.ts";
import {
  findKeyLastUse,
  findSecretLastUse,
  type LastUse,
  readUsage,
  type Usage,
  type UsageScope,
} from "./usage.ts";
import { type FoundUser, listMachines, readCaller } from "./users.ts";

/** Options of {@link listServiceUsers}. */
export interface ListServiceUsersOptions {
  /** Only service users of an organization, by id. Default: all that the caller may see. */
  readonly organizationId?: string | undefined;
  /** Only service users with these user names. Default: all. */
  readonly usernames?: readonly string[] | undefined;
  /** Whether to find out from the instance's events when credentials were used. Default: true. */
  readonly usage?: boolean | undefined;
  /** How many days of events to read for that. Default: 90. */
  readonly usageDays?: number | undefined;
}

/** A credential of a service user. */
export interface ServiceUserCredential {
  readonly method: CredentialMethod;
  /** Secrets have none. */
  readonly id?: string | undefined;
  /** Absent where it is not known. */
  readonly createdAt?: Date | undefined;
  /** Absent where it never expires. */
  readonly expiresAt?: Date | undefined;
  readonly lastUse: LastUse;
}

/** A service user with its roles and credentials. */
export interface ServiceUserSummary {
  readonly userId: string;
  readonly username: string;
  readonly loginName: string;
  readonly organizationId: string;
  readonly createdAt?: Date | undefined;
  readonly isActive: boolean;
  /** The roles that the caller may see, by place. */
  readonly memberships: readonly Membership[];
  readonly credentials: readonly ServiceUserCredential[];
}

/** The list, and what could not be found out. */
export interface ServiceUserList {
  readonly users: readonly ServiceUserSummary[];
  /**
   * The time since which uses are known; absent if the caller may not read events (`events.read`, which
   * IAM_OWNER_VIEWER has).
   */
  readonly usageSince?: Date | undefined;
  /**
   * Which roles are known: `all`; `organization`, without those on the instance (seeing these needs `iam.member.read`);
   * or `own`, only the caller's (seeing others needs `org.member.read`).
   */
  readonly rolesKnown: "all" | "organization" | "own";
  /** The caller's own id. */
  readonly callerId: string;
}

/**
 * Lists service users with their roles, and with the age, expiry and last use of every key, secret and personal access
 * token. Shows what the caller may see: without a role, only itself. Seeing credentials needs `user.read`, roles
 * `org.member.read` or `iam.member.read`, and uses `events.read`: IAM_OWNER_VIEWER has all of them.
 *
 * Uses are read from events: a key or secret is used when it obtains a token, which a running program does every 12
 * hours by default. The server does not record uses of personal access tokens.
 *
 * @throws TypeError if an option is invalid, a ZitadelError if a call fails
 */
export async function listServiceUsers(
  zitadel: ServiceUserManager,
  options: ListServiceUsersOptions = {},
): Promise<ServiceUserList> {
  return await listWithClock(zitadel, options, systemClock, "sign-ins");
}

const DAY_MS = 24 * 3_600_000;
const USAGE_DAYS = 90;

const KNOWN: Record<keyof ListServiceUsersOptions, true> = {
  organizationId: true,
  usernames: true,
  usage: true,
  usageDays: true,
};

/** `listServiceUsers()` with an injected clock and a choice of events. */
export async function listWithClock(
  zitadel: ServiceUserManager,
  options: ListServiceUsersOptions,
  clock: Clock,
  scope: UsageScope,
): Promise<ServiceUserList> {
  const { organizationId, usernames, usage: isWanted = true, usageDays = USAGE_DAYS } = options;
  checkOptions("listServiceUsers()", () => {
    requireContext(zitadel);
    requireObject("its second argument", options, "{ organizationId }");
    requireKnown("", options, KNOWN);
    if (organizationId !== undefined) requireString("organizationId", organizationId);
    if (usernames !== undefined) requireStrings("usernames", usernames);
    requireBoolean("usage", options.usage);
    requireNumber("usageDays", options.usageDays, { min: 1 });
  });
  const all = await listMachines(zitadel, organizationId);
  const users = usernames === undefined ? all : all.filter(({ username }) => usernames.includes(username));
  const since = new Date(clock.now() - usageDays * DAY_MS);
  const [self, memberships, keys, tokens, usage] = await Promise.all([
    readCaller(zitadel),
    users.length === 0 ? new Map<string, Membership[]>() : listMemberships(zitadel, users),
    users.length === 0 ? [] : listCredentials(zitadel, "keys", users),
    users.length === 0 ? [] : listCredentials(zitadel, "tokens", users),
    isWanted && users.length > 0 ? readUsage(zitadel, since, scope) : undefined,
  ]);
  const permissions = await listMyPermissions(zitadel, organizationId ?? self.organizationId);
  const found: Found = { keys, tokens, usage };
  return {
    users: users.map((user) => summarize(user, memberships.get(user.userId) ?? [], found)),
    ...(usage === undefined ? {} : { usageSince: usage.since }),
    rolesKnown: permissions.has("iam.member.read")
      ? "all"
      : permissions.has("org.member.read")
        ? "organization"
        : "own",
    callerId: self.userId,
  };
}

interface Found {
  readonly keys: readonly ListedCredential[];
  readonly tokens: readonly ListedCredential[];
  readonly usage: Usage | undefined;
}

function summarize(user: FoundUser, memberships: readonly Membership[], found: Found): ServiceUserSummary {
  const { userId, username, loginName, organizationId, createdAt, isActive, hasSecret } = user;
  const { keys, tokens, usage } = found;
  const secret: ServiceUserCredential = {
    method: "secret",
    createdAt: usage?.secretsMade.get(userId),
    lastUse: findSecretLastUse(usage, userId),
  };
  const credentials = [
    ...findOwn(keys, userId).map((one) => toCredential("key", one, findKeyLastUse(usage, one, keys))),
    ...(hasSecret ? [secret] : []),
    ...findOwn(tokens, userId).map((one) => toCredential("pat", one, { kind: "unknown" })),
  ];
  return { userId, username, loginName, organizationId, createdAt, isActive, memberships, credentials };
}

function findOwn(all: readonly ListedCredential[], userId: string): ListedCredential[] {
  return all.filter((one) => one.userId === userId);
}

function toCredential(
  method: CredentialMethod,
  { id, createdAt, expires }: ListedCredential,
  lastUse: LastUse,
): ServiceUserCredential {
  return { method, id, createdAt, expiresAt: toExpiry(expires), lastUse };
}

/** Zitadel stores "never expires" as the year 9999. */
export function toExpiry(expires: MarkedTime | undefined): Date | undefined {
  if (expires === undefined || expires.seconds >= FOREVER) return undefined;
  return toTime(expires);
}

const FOREVER = BigInt(Date.UTC(9999, 0, 1) / 1_000);
