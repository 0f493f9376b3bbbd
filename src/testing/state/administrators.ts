import { Code } from "@connectrpc/connect";
import { isRole } from "../../permissions/roles.ts";
import { zitadelError } from "../errors.ts";
import type { AdministratedResource, Administrator } from "./model/administrator.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { requireParentProject } from "./projects.ts";
import { newHistory, writeEvents, writePartEvents } from "./store.ts";

type ResourceType = AdministratedResource["type"];

type Refusal = readonly [id: string, message: string];

interface Kind {
  /** The prefix of the event types. */
  readonly event: string;
  /** The roles that can be given. */
  readonly roles: RegExp;
  /** Errors of an addition: no roles (if that is an error), invalid roles, already an administrator. */
  readonly noRoles?: Refusal;
  readonly badRoles: Refusal;
  readonly exists: Refusal;
  readonly unknownUser: string;
  /** Error ids of a change: no roles, invalid roles, not an administrator. */
  readonly noChange: string;
  readonly badChange: string;
  readonly unknown: string;
}

const KINDS: Readonly<Record<ResourceType, Kind>> = {
  instance: {
    event: "instance.member",
    roles: /^IAM/,
    badRoles: ["INSTANCE-4m0fS", "Member is invalid"],
    exists: ["INSTA-pFDwe", "Errors.Instance.Member.AlreadyExists"],
    unknownUser: "INSTA-GSXOn",
    noChange: "INSTANCE-LiaZi",
    badChange: "INSTANCE-3m9fs",
    unknown: "INSTANCE-D8JxR",
  },
  organization: {
    event: "org.member",
    roles: /^ORG|^SELF_MANAGEMENT_GLOBAL$/,
    noRoles: ["ORG-4Mlfs", "Errors.Invalid.Argument"],
    badRoles: ["Org-4N8es", "Errors.Org.MemberInvalid"],
    exists: ["ORG-poWwe", "Errors.Org.Member.AlreadyExists"],
    unknownUser: "ORG-GoXOn",
    noChange: "Org-LiaZi",
    badChange: "INST-m9fG8",
    unknown: "Org-D8JxR",
  },
  project: {
    event: "project.member",
    roles: /^PROJECT/,
    noRoles: ["PROJECT-W8m4l", "Project member is invalid"],
    badRoles: ["PROJECT-3m9ds", "Project member is invalid"],
    exists: ["PROJECT-PtXi1", "Project member already exists"],
    unknownUser: "COMMAND-uXHNj",
    noChange: "PROJECT-LiaZi",
    badChange: "PROJECT-3m9d",
    unknown: "PROJECT-D8JxR",
  },
  projectGrant: {
    event: "project.grant.member",
    roles: /^PROJECT_GRANT/,
    noRoles: ["PROJECT-8fi7G", "Project grant member is invalid"],
    badRoles: ["PROJECT-m9gKK", "Errors.Project.Grant.Member.Invalid"],
    exists: ["PROJECT-37fug", "Errors.AlreadyExists"],
    unknownUser: "COMMAND-uXHNj",
    noChange: "PROJECT-109fs",
    badChange: "PROJECT-m0sDf",
    unknown: "PROJECT-37fug",
  },
};

/** Makes a user an administrator with these roles. */
export function addAdministrator(
  store: Store,
  userId: string,
  resource: AdministratedResource,
  roles: readonly string[],
): Administrator {
  requireNewAdministrator(store, userId, resource, roles);
  const key = keyFor(resource, userId);
  if (store.administrators.has(key)) {
    const code = resource.type === "projectGrant" ? Code.NotFound : Code.AlreadyExists;
    throw zitadelError(code, ...KINDS[resource.type].exists);
  }
  const administrator = { ...newHistory(store.now()), userId, resource, roles: [...roles] };
  store.administrators.set(key, administrator);
  write(store, administrator, "added", { userId, roles: [...roles] });
  return administrator;
}

/** Gives a user roles: those with the prefix `IAM_` on the instance, those with `ORG_` in the user's organization. */
export function addUserRoles(store: Store, user: User, roles: readonly string[]): void {
  const { id, resourceOwner: organizationId } = user;
  const filter = (prefix: string): string[] => roles.filter((role) => role.startsWith(prefix));
  const [instanceRoles, organizationRoles] = [filter("IAM_"), filter("ORG_")];
  if (instanceRoles.length > 0) addAdministrator(store, id, { type: "instance" }, instanceRoles);
  if (organizationRoles.length > 0) {
    addAdministrator(store, id, { type: "organization", organizationId }, organizationRoles);
  }
}

/** Whether {@link addUserRoles} accepts a role. */
export function isUserRole(role: string): boolean {
  return isRole(role) && /^(IAM|ORG)_/.test(role);
}

/** Throws if a user cannot become an administrator with these roles. Does not check whether the user already is one. */
export function requireNewAdministrator(
  store: Store,
  userId: string,
  resource: AdministratedResource,
  roles: readonly string[],
): void {
  const { noRoles, badRoles, roles: known, unknownUser } = KINDS[resource.type];
  if (roles.length === 0 && noRoles !== undefined) throw zitadelError(Code.InvalidArgument, ...noRoles);
  if (!areRoles(known, roles)) throw zitadelError(Code.InvalidArgument, ...badRoles);
  if (!store.users.has(userId)) {
    throw zitadelError(Code.FailedPrecondition, unknownUser, "User could not be found");
  }
  requireResource(store, resource);
}

function requireResource(store: Store, resource: AdministratedResource): void {
  if (resource.type === "project") requireParentProject(store, resource.projectId);
  if (resource.type !== "projectGrant") return;
  const grants = [...(store.projects.get(resource.projectId)?.grants.values() ?? [])];
  if (grants.some(({ id }) => id === resource.projectGrantId)) return;
  throw zitadelError(Code.NotFound, "PROJECT-D8JxR", "Project Grant not found");
}

/** Replaces the roles of an administrator. Does nothing if they are the same. */
export function changeAdministrator(
  store: Store,
  userId: string,
  resource: AdministratedResource,
  roles: readonly string[],
): Administrator {
  const administrator = requireAdministrator(store, userId, resource, roles);
  if (String(administrator.roles) === String(roles)) return administrator;
  administrator.roles = [...roles];
  write(store, administrator, "changed", { userId, roles: [...roles] });
  return administrator;
}

/** Finds the administrator whose roles are to change. Throws if there is none, or the roles are invalid. */
export function requireAdministrator(
  store: Store,
  userId: string,
  resource: AdministratedResource,
  roles: readonly string[],
): Administrator {
  const { roles: known, noChange, badChange, badRoles, unknown } = KINDS[resource.type];
  const selfManagement = resource.type === "organization" && roles.includes("SELF_MANAGEMENT_GLOBAL");
  if (roles.length === 0 || selfManagement || !areRoles(known, roles)) {
    throw zitadelError(Code.InvalidArgument, roles.length === 0 ? noChange : badChange, badRoles[1]);
  }
  const administrator = findAdministrator(store, userId, resource);
  if (administrator === undefined) throw zitadelError(Code.NotFound, unknown, "Errors.NotFound");
  return administrator;
}

/** Removes an administrator: on request, or because the user is removed. */
export function removeAdministrator(
  store: Store,
  administrator: Administrator,
  by: "call" | "cascade",
): void {
  store.administrators.delete(keyFor(administrator.resource, administrator.userId));
  const { userId, resource } = administrator;
  const aggregate = findAggregate(store, resource);
  if (aggregate === undefined) return;
  const type = `${KINDS[resource.type].event}.${by === "call" ? "" : "cascade."}removed`;
  writeEvents(store, aggregate, { type, payload: { userId, ...grantIn(resource) } });
}

/** When a user was last removed as an administrator of a resource, in milliseconds since the epoch. */
export function findRemovalTime(
  store: Store,
  userId: string,
  resource: AdministratedResource,
): number | undefined {
  const { event } = KINDS[resource.type];
  const removals = store.events.find({
    aggregateId: findAggregate(store, resource)?.id ?? "unknown",
    eventTypes: [`${event}.removed`, `${event}.cascade.removed`],
    asc: false,
    limit: Number.MAX_SAFE_INTEGER,
  });
  const removed = removals.find(({ payload }) => payload?.["userId"] === userId);
  return removed && Math.floor(removed.at / 1_000);
}

/** Finds a user's entry among the administrators of a resource. */
export function findAdministrator(
  store: Store,
  userId: string,
  resource: AdministratedResource,
): Administrator | undefined {
  return store.administrators.get(keyFor(resource, userId));
}

/** Finds the object whose events record the administrators of a resource. */
export function findAggregate(store: Store, resource: AdministratedResource): Aggregate | undefined {
  if (resource.type === "instance") return store.instance;
  if (resource.type === "organization") return store.organizations.get(resource.organizationId);
  return store.projects.get(resource.projectId);
}

function write(
  store: Store,
  administrator: Administrator,
  what: "added" | "changed",
  payload: { userId: string; roles: string[] },
): void {
  const { resource } = administrator;
  const aggregate = findAggregate(store, resource);
  if (aggregate === undefined) return;
  const type = `${KINDS[resource.type].event}.${what}`;
  const event = { type, payload: { ...payload, ...grantIn(resource) } };
  writePartEvents(store, aggregate, administrator, event);
}

/** Whether Zitadel knows all of these roles, and all are of the right kind. */
function areRoles(known: RegExp, roles: readonly string[]): boolean {
  return roles.every((role) => known.test(role) && isRole(role));
}

function grantIn(resource: AdministratedResource): { grantId?: string } {
  return resource.type === "projectGrant" ? { grantId: resource.projectGrantId } : {};
}

function keyFor(resource: AdministratedResource, userId: string): string {
  const { type, ...ids } = resource;
  return [type, ...Object.values(ids), userId].join(" ");
}
