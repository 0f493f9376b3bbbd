import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { State } from "./model/aggregate.ts";
import type { Authorization } from "./model/authorization.ts";
import type { StoredProject } from "./model/project.ts";
import type { Store } from "./model/store.ts";
import { newAggregate, writeEvents } from "./store.ts";

/** What an authorization is created from. */
export interface NewStoredAuthorization {
  readonly userId: string;
  readonly projectId: string;
  /** Who gives the roles: the project's own organization, or one that it is granted to. */
  readonly organizationId: string;
  readonly roleKeys: readonly string[];
}

/** Gives a user roles in a project. */
export function addAuthorization(store: Store, request: NewStoredAuthorization): Authorization {
  const { userId, projectId, organizationId, roleKeys } = request;
  if (!store.users.has(userId)) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-4f8sg", "User could not be found");
  }
  const project = store.projects.get(projectId);
  const grant = project?.grants.get(organizationId);
  if (project === undefined || (project.resourceOwner !== organizationId && grant === undefined)) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-4m9ff", "Project Grant not found");
  }
  const projectGrantId = project.resourceOwner === organizationId ? undefined : grant?.id;
  checkRoles(project, projectGrantId, roleKeys);
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

/** The authorization that a write is about; the id tells the responses to an unknown one apart. */
export function writableAuthorization(store: Store, id: string, unknown = "COMMAND-3M9sd"): Authorization {
  const authorization = store.authorizations.get(id);
  if (authorization === undefined) throw zitadelError(Code.NotFound, unknown, "User grant not found");
  return authorization;
}

/** Gives other roles instead; nothing happens where they are the same. */
export function changeAuthorization(
  store: Store,
  authorization: Authorization,
  roleKeys: readonly string[],
): void {
  const project = store.projects.get(authorization.projectId);
  if (project !== undefined) checkRoles(project, authorization.projectGrantId, roleKeys);
  if (String(authorization.roleKeys) === String(roleKeys)) return;
  setAuthorizationRoles(store, authorization, roleKeys, "changed");
}

/** Sets the roles, as another change has it. */
export function setAuthorizationRoles(
  store: Store,
  authorization: Authorization,
  roleKeys: readonly string[],
  what: "changed" | "cascade.changed",
): void {
  authorization.roleKeys = [...roleKeys];
  const { userId } = authorization;
  const payload = { userId, roleKeys: [...roleKeys] };
  writeEvents(store, authorization, { type: `user.grant.${what}`, payload });
}

/** Activates or deactivates; nothing happens where it is so. */
export function setAuthorizationState(store: Store, authorization: Authorization, state: State): void {
  if (authorization.state === state) return;
  authorization.state = state;
  writeEvents(store, authorization, {
    type: `user.grant.${state === "active" ? "reactivated" : "deactivated"}`,
  });
}

/** Takes the roles away: by a call, or together with the user or the project. */
export function removeAuthorization(
  store: Store,
  authorization: Authorization,
  by: "call" | "cascade",
): void {
  const { id, userId, projectId } = authorization;
  const type = by === "call" ? "user.grant.removed" : "user.grant.cascade.removed";
  writeEvents(store, authorization, { type, payload: { userId, projectId } });
  store.authorizations.delete(id);
}

/** The roles of the project or, where there is a grant, of the grant. */
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
