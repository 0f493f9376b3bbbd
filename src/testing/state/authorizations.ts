import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { State } from "./model/aggregate.ts";
import type { Authorization } from "./model/authorization.ts";
import type { StoredProject } from "./model/project.ts";
import type { Store } from "./model/store.ts";
import { newAggregate, writeEvents } from "./store.ts";

export interface NewStoredAuthorization {
  readonly userId: string;
  readonly projectId: string;
  /** The organization that gives the roles: the owner of the project, or one that the project is granted to. */
  readonly organizationId: string;
  readonly roleKeys: readonly string[];
}

/** Gives a user roles in a project. */
export function addAuthorization(store: Store, request: NewStoredAuthorization): Authorization {
  const { userId, projectId, organizationId, roleKeys } = request;
  const projectGrantId = requireAuthorizingGrant(store, request);
  for (const one of store.authorizations.values()) {
    if (one.userId === userId && one.projectId === projectId && one.resourceOwner === organizationId) {
      throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "User grant already exists");
    }
  }
  const authorization: Authorization = {
    ...newAggregate(store, {
      aggregateType: "usergrant",
      id: store.newId(),
      resourceOwner: organizationId,
    }),
    userId,
    projectId,
    projectGrantId,
    roleKeys: [...roleKeys],
    state: "active",
  };
  store.authorizations.set(authorization.id, authorization);
  const payload = {
    userId,
    projectId,
    ...(projectGrantId === undefined ? {} : { grantId: projectGrantId }),
    roleKeys: [...roleKeys],
  };
  writeEvents(store, authorization, { type: "user.grant.added", payload });
  return authorization;
}

/**
 * Finds the project grant that lets an organization give these roles. Undefined if it owns the project. Throws if it
 * cannot give them, or the user does not exist.
 */
export function requireAuthorizingGrant(
  store: Store,
  { userId, projectId, organizationId, roleKeys }: NewStoredAuthorization,
): string | undefined {
  if (!store.users.has(userId)) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-4f8sg", "User could not be found");
  }
  const project = store.projects.get(projectId);
  if (project === undefined && organizationId === "") {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-3n77S", "Project not found");
  }
  const grant = project?.grants.get(organizationId);
  if (project === undefined || (project.resourceOwner !== organizationId && grant === undefined)) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-4m9ff", "Project Grant not found");
  }
  checkRoles(project, grant?.id, roleKeys);
  return grant?.id;
}

/** Finds the authorization to change. Throws an error with the id `unknown` if there is none. */
export function requireAuthorization(store: Store, id: string, unknown = "COMMAND-3M9sd"): Authorization {
  const authorization = store.authorizations.get(id);
  if (authorization === undefined) throw zitadelError(Code.NotFound, unknown, "User grant not found");
  return authorization;
}

/** Replaces the roles. Does nothing if they are the same. The newer APIs write a cascade event. */
export function changeAuthorization(
  store: Store,
  authorization: Authorization,
  roleKeys: readonly string[],
  what: "changed" | "cascade.changed" = "cascade.changed",
): void {
  if (String(authorization.roleKeys) === String(roleKeys)) return;
  const project = store.projects.get(authorization.projectId);
  if (project !== undefined) checkRoles(project, authorization.projectGrantId, roleKeys);
  setAuthorizationRoles(store, authorization, roleKeys, what);
}

/** Sets the roles without any check, as a consequence of another change. */
export function setAuthorizationRoles(
  store: Store,
  authorization: Authorization,
  roleKeys: readonly string[],
  what: "changed" | "cascade.changed",
): void {
  authorization.roleKeys = [...roleKeys];
  const { userId } = authorization;
  const payload = { ...(what === "changed" ? { userId } : {}), roleKeys: [...roleKeys] };
  writeEvents(store, authorization, { type: `user.grant.${what}`, payload });
}

/** Activates or deactivates an authorization. Does nothing if it already has that state. */
export function setAuthorizationState(store: Store, authorization: Authorization, state: State): void {
  if (authorization.state === state) return;
  authorization.state = state;
  writeEvents(store, authorization, {
    type: `user.grant.${state === "active" ? "reactivated" : "deactivated"}`,
  });
}

/** Removes an authorization: on request, or together with its user or project. */
export function removeAuthorization(
  store: Store,
  authorization: Authorization,
  by: "call" | "cascade",
): void {
  const { id, userId, projectId, projectGrantId } = authorization;
  const payload = {
    userId,
    projectId,
    ...(projectGrantId === undefined ? {} : { grantId: projectGrantId }),
  };
  const removed =
    by === "call" ? { type: "user.grant.removed", payload } : { type: "user.grant.cascade.removed" };
  writeEvents(store, authorization, removed);
  store.authorizations.delete(id);
}

/** Throws if the project, or the project grant if there is one, does not have all of the roles. */
function checkRoles(
  { roles, grants }: StoredProject,
  projectGrantId: string | undefined,
  roleKeys: readonly string[],
): void {
  const grant = [...grants.values()].find(({ id }) => id === projectGrantId);
  const known = grant === undefined ? [...roles.keys()] : grant.roleKeys;
  if (roleKeys.every((key) => known.includes(key))) return;
  throw zitadelError(Code.FailedPrecondition, "COMMAND-mm9F4", "Errors.Project.Role.NotFound");
}
