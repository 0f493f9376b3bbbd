import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { AdministratedResource, Administrator } from "./model/administrator.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { Store } from "./model/store.ts";
import { newHistory, writeEvents, writePartEvents } from "./store.ts";

type ResourceType = AdministratedResource["type"];

interface Kind {
  /** What the events are called. */
  readonly event: string;
  /** What the roles begin with. */
  readonly roles: RegExp;
  /** Ids and texts of errors: of a member that is there, of wrong roles and of an unknown member. */
  readonly exists: readonly [id: string, message: string];
  readonly noRoles: readonly [id: string, message: string];
  readonly badRoles: readonly [id: string, message: string];
  /** The id for wrong roles of a member that is there. */
  readonly badChange: string;
  readonly unknown: string;
  readonly unknownUser: string;
}

const KINDS: Readonly<Record<ResourceType, Kind>> = {
  instance: {
    event: "instance.member",
    roles: /^IAM_/,
    exists: ["INSTA-pFDwe", "Errors.Instance.Member.AlreadyExists"],
    noRoles: ["INSTA-SDSfs", "Errors.Invalid.Argument"],
    badRoles: ["INSTANCE-4m0fS", "Errors.Instance.MemberInvalid"],
    badChange: "INSTANCE-3m9fs",
    unknown: "INSTANCE-D8JxR",
    unknownUser: "INSTA-GSXOn",
  },
  organization: {
    event: "org.member",
    roles: /^(ORG|SELF_MANAGEMENT)_/,
    exists: ["ORG-poWwe", "Errors.Org.Member.AlreadyExists"],
    noRoles: ["ORG-4Mlfs", "Errors.Invalid.Argument"],
    badRoles: ["Org-4N8es", "Errors.Org.MemberInvalid"],
    badChange: "INST-m9fG8",
    unknown: "Org-D8JxR",
    unknownUser: "ORG-GoXOn",
  },
  project: {
    event: "project.member",
    roles: /^PROJECT_(?!GRANT_)/,
    exists: ["PROJECT-PtXi1", "Project member already exists"],
    noRoles: ["PROJECT-W8m4l", "Project member is invalid"],
    badRoles: ["PROJECT-3m9ds", "Project member is invalid"],
    badChange: "PROJECT-3m9d",
    unknown: "PROJECT-D8JxR",
    unknownUser: "PROJECT-0l10S9OmZV",
  },
  projectGrant: {
    event: "project.grant.member",
    roles: /^PROJECT_GRANT_/,
    exists: ["PROJECT-37fug", "Errors.AlreadyExists"],
    noRoles: ["PROJECT-8fi7G", "Project grant member is invalid"],
    badRoles: ["PROJECT-m9gKK", "Project grant member is invalid"],
    badChange: "PROJECT-m0sDf",
    unknown: "PROJECT-37fug",
    unknownUser: "PROJECT-0l10S9OmZV",
  },
};

/** Makes a user an administrator, with these roles. */
export function addAdministrator(
  store: Store,
  userId: string,
  resource: AdministratedResource,
  roles: readonly string[],
): Administrator {
  const kind = KINDS[resource.type];
  if (roles.length === 0) throw zitadelError(Code.InvalidArgument, ...kind.noRoles);
  checkRoles(kind, roles, kind.badRoles[0]);
  if (!store.users.has(userId)) {
    throw zitadelError(Code.FailedPrecondition, kind.unknownUser, "User could not be found");
  }
  const key = keyFor(resource, userId);
  if (store.administrators.has(key)) throw zitadelError(Code.AlreadyExists, ...kind.exists);
  const administrator = { ...newHistory(store.now()), userId, resource, roles: [...roles] };
  store.administrators.set(key, administrator);
  write(store, administrator, "added", { userId, roles: [...roles] });
  return administrator;
}

/** Gives an administrator other roles instead; nothing happens where they are the same. */
export function changeAdministrator(
  store: Store,
  userId: string,
  resource: AdministratedResource,
  roles: readonly string[],
): Administrator {
  const kind = KINDS[resource.type];
  checkRoles(kind, roles, kind.badChange);
  const administrator = findAdministrator(store, userId, resource);
  if (administrator === undefined) throw zitadelError(Code.NotFound, kind.unknown, "Errors.NotFound");
  if (String(administrator.roles) === String(roles)) return administrator;
  administrator.roles = [...roles];
  write(store, administrator, "changed", { userId, roles: [...roles] });
  return administrator;
}

/** Makes an administrator an ordinary user again: by a call, or because the user is removed. */
export function removeAdministrator(
  store: Store,
  administrator: Administrator,
  by: "call" | "cascade",
): void {
  store.administrators.delete(keyFor(administrator.resource, administrator.userId));
  const { userId } = administrator;
  const aggregate = aggregateFor(store, administrator.resource);
  if (aggregate === undefined) return;
  const type = `${KINDS[administrator.resource.type].event}.${by === "call" ? "" : "cascade."}removed`;
  writeEvents(store, aggregate, { type, payload: { userId } });
}

/** The administrator that a user is of a resource, if any. */
export function findAdministrator(
  store: Store,
  userId: string,
  resource: AdministratedResource,
): Administrator | undefined {
  return store.administrators.get(keyFor(resource, userId));
}

/** The object whose events tell of a resource's administrators. */
export function aggregateFor(store: Store, resource: AdministratedResource): Aggregate | undefined {
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
  const aggregate = aggregateFor(store, resource);
  if (aggregate === undefined) return;
  const grant = resource.type === "projectGrant" ? { grantId: resource.projectGrantId } : {};
  const event = { type: `${KINDS[resource.type].event}.${what}`, payload: { ...payload, ...grant } };
  writePartEvents(store, aggregate, administrator, event);
}

function checkRoles({ roles: known, badRoles }: Kind, roles: readonly string[], id: string): void {
  if (roles.length > 0 && roles.every((role) => known.test(role))) return;
  throw zitadelError(Code.InvalidArgument, id, badRoles[1]);
}

function keyFor(resource: AdministratedResource, userId: string): string {
  const { type, ...ids } = resource;
  return [type, ...Object.values(ids), userId].join(" ");
}
