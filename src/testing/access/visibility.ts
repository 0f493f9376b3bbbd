import type { Caller } from "../handlers.ts";
import type { Administrator } from "../state/model/administrator.ts";
import type { Authorization } from "../state/model/authorization.ts";
import type { Group } from "../state/model/group.ts";
import type { Organization } from "../state/model/organization.ts";
import type { ProjectGrant, StoredProject } from "../state/model/project.ts";
import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { isPermitted } from "./permissions.ts";

// Which items of a list are visible to a caller. The server counts all matches, but omits those that the caller may not
// read.

/** Users see themselves, and the users of organizations in which they may read users. */
export function isUserVisible(store: Store, caller: Caller | undefined, user: User): boolean {
  return isPermitted(store, caller, "user.read", { organizationId: user.resourceOwner, self: user.id });
}

export function isOrganizationVisible(
  store: Store,
  caller: Caller | undefined,
  { id }: Organization,
): boolean {
  return isPermitted(store, caller, "org.read", { organizationId: id });
}

/** Whether the caller has a permission in a project. */
export function isInProject(
  store: Store,
  caller: Caller | undefined,
  permission: string,
  project: StoredProject | undefined,
): boolean {
  if (project === undefined) return false;
  return isPermitted(store, caller, permission, {
    organizationId: project.resourceOwner,
    resourceId: project.id,
  });
}

/** A project grant is visible to those who may read grants in the granted organization, or the project's. */
export function isProjectGrantVisible(
  store: Store,
  caller: Caller | undefined,
  { id: projectId, resourceOwner }: StoredProject,
  { id: grantId, grantedOrganizationId }: ProjectGrant,
): boolean {
  const may = (organizationId: string, resourceId: string): boolean =>
    isPermitted(store, caller, "project.grant.read", { organizationId, resourceId });
  return may(resourceOwner, grantId) || may(grantedOrganizationId, grantId) || may(resourceOwner, projectId);
}

/** The server checks roles like project grants, with the role's key as the id. */
export function isRoleVisible(
  store: Store,
  caller: Caller | undefined,
  project: StoredProject | undefined,
  resourceId: string,
): boolean {
  if (project === undefined) return false;
  const { resourceOwner: organizationId } = project;
  return isPermitted(store, caller, "project.grant.read", { organizationId, resourceId });
}

/** The server checks keys of applications like users. */
export function isKeyVisible(store: Store, caller: Caller | undefined, organizationId: string): boolean {
  return isPermitted(store, caller, "user.read", { organizationId });
}

/** Whether the caller may read a group or its users. */
export function isGroupVisible(
  store: Store,
  caller: Caller | undefined,
  permission: "group.read" | "group.user.read",
  { resourceOwner }: Group,
): boolean {
  return isPermitted(store, caller, permission, { organizationId: resourceOwner });
}

export function isAuthorizationVisible(
  store: Store,
  caller: Caller | undefined,
  one: Authorization,
): boolean {
  const { resourceOwner: organizationId, projectId, projectGrantId, userId: self } = one;
  const resourceId = projectGrantId ?? projectId;
  return isPermitted(store, caller, "user.grant.read", { organizationId, resourceId, self });
}

export function isAdministratorVisible(
  store: Store,
  caller: Caller | undefined,
  one: Administrator,
): boolean {
  const { resource, userId: self } = one;
  if (resource.type === "instance") {
    return isPermitted(store, caller, "iam.member.read", { organizationId: store.instanceId, self });
  }
  if (resource.type === "organization") {
    return isPermitted(store, caller, "org.member.read", { organizationId: resource.organizationId, self });
  }
  const organizationId = store.projects.get(resource.projectId)?.resourceOwner ?? "";
  if (resource.type === "project") {
    const { projectId: resourceId } = resource;
    return isPermitted(store, caller, "project.member.read", { organizationId, resourceId, self });
  }
  const { projectId, projectGrantId } = resource;
  const grants = [...(store.projects.get(projectId)?.grants.values() ?? [])];
  const granted = grants.find(({ id }) => id === projectGrantId)?.grantedOrganizationId ?? "";
  const may = (owner: string, resourceId: string): boolean =>
    isPermitted(store, caller, "project.grant.member.read", { organizationId: owner, resourceId, self });
  return (
    may(organizationId, projectGrantId) || may(granted, projectGrantId) || may(organizationId, projectId)
  );
}
