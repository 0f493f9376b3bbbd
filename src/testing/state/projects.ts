import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { removeAuthorization, setAuthorizationRoles } from "./authorizations.ts";
import { omitEmpty, omitUndefined } from "./event-payloads.ts";
import type { State } from "./model/aggregate.ts";
import type { ProjectGrant, ProjectRole, ProjectSettings, StoredProject } from "./model/project.ts";
import type { Store } from "./model/store.ts";
import {
  type Changes,
  differences,
  newAggregate,
  newHistory,
  writeEvents,
  writePartEvents,
} from "./store.ts";

export interface NewStoredProject extends Partial<ProjectSettings> {
  readonly id?: string | undefined;
  readonly organizationId: string;
  readonly name: string;
}

/** Creates a project. Its name must be unique in the organization. */
export function addProject(
  store: Store,
  { id, organizationId, ...settings }: NewStoredProject,
): StoredProject {
  if (id !== undefined && store.projects.has(id)) {
    throw zitadelError(Code.AlreadyExists, "COMMAND-opamwu", "Errors.Project.AlreadyExisting");
  }
  checkName(store, organizationId, settings.name);
  const project: StoredProject = {
    ...newAggregate(store, {
      aggregateType: "project",
      id: id ?? store.newId(),
      resourceOwner: organizationId,
    }),
    projectRoleAssertion: false,
    authorizationRequired: false,
    projectAccessRequired: false,
    privateLabelingSetting: 0,
    ...settings,
    state: "active",
    roles: new Map(),
    grants: new Map(),
  };
  store.projects.set(project.id, project);
  writeEvents(store, project, { type: "project.added", payload: toPayload(project) });
  return project;
}

/** Changes the settings that differ. */
export function changeProject(
  store: Store,
  project: StoredProject,
  settings: Changes<ProjectSettings>,
): void {
  const changes = differences(project, settings);
  if (Object.keys(changes).length === 0) return;
  if (changes.name !== undefined) checkName(store, project.resourceOwner, changes.name);
  Object.assign(project, changes);
  writeEvents(store, project, { type: "project.changed", payload: toPayload(changes) });
}

/** Activates or deactivates a project. */
export function setProjectState(store: Store, project: StoredProject, state: State): void {
  if (project.state === state) {
    throw state === "inactive"
      ? zitadelError(Code.FailedPrecondition, "COMMAND-mki55", "Project is not active")
      : zitadelError(Code.FailedPrecondition, "COMMAND-5M9bs", "Project is not deactivated");
  }
  project.state = state;
  writeEvents(store, project, { type: `project.${state === "active" ? "reactivated" : "deactivated"}` });
}

/** Removes a project with its applications, authorizations and administrators. */
export function removeProject(store: Store, project: StoredProject): void {
  writeEvents(store, project, { type: "project.removed", payload: { name: project.name } });
  for (const authorization of [...store.authorizations.values()]) {
    if (authorization.projectId === project.id) removeAuthorization(store, authorization, "cascade");
  }
  for (const { id, projectId } of [...store.applications.values()]) {
    if (projectId === project.id) store.applications.delete(id);
  }
  for (const [key, { resource }] of [...store.administrators]) {
    if ("projectId" in resource && resource.projectId === project.id) store.administrators.delete(key);
  }
  store.projects.delete(project.id);
}

/** Finds the project to change. Throws an error with the id `unknown` if there is none. */
export function requireProject(store: Store, id: string, unknown = "COMMAND-3M9sd"): StoredProject {
  const project = store.projects.get(id);
  if (project === undefined) throw zitadelError(Code.NotFound, unknown, "Project not found");
  return project;
}

/** Finds the project to add a role, grant, application or administrator to. Throws if there is none. */
export function requireParentProject(store: Store, id: string): StoredProject {
  const project = store.projects.get(id);
  if (project === undefined) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-EbFMN", "Project not found");
  }
  return project;
}

/** Adds all of the roles, or none. */
export function addRoles(
  store: Store,
  project: StoredProject,
  roles: readonly Pick<ProjectRole, "key" | "displayName" | "group">[],
): void {
  if (roles.some(({ key }) => project.roles.has(key))) {
    throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Role already exists");
  }
  for (const { key, displayName, group } of roles) {
    const role = { ...newHistory(store.now()), key, displayName, group };
    project.roles.set(key, role);
    const payload = { key, displayName, ...(group === "" ? {} : { group }) };
    writePartEvents(store, project, role, { type: "project.role.added", payload });
  }
}

/** Changes the settings that differ. */
export function changeRole(
  store: Store,
  project: StoredProject,
  key: string,
  settings: Changes<Pick<ProjectRole, "displayName" | "group">>,
): ProjectRole {
  const role = project.roles.get(key);
  if (role === undefined) throw zitadelError(Code.NotFound, "COMMAND-vv8M9", "Role doesn't exist");
  const changes = differences(role, settings);
  if (Object.keys(changes).length === 0) return role;
  Object.assign(role, changes);
  writePartEvents(store, project, role, { type: "project.role.changed", payload: { key, ...changes } });
  return role;
}

/** Removes a role from a project, its grants and authorizations. */
export function removeRole(store: Store, project: StoredProject, key: string): void {
  if (!project.roles.delete(key)) return;
  writeEvents(store, project, { type: "project.role.removed", payload: { key } });
  for (const grant of project.grants.values()) {
    if (grant.roleKeys.includes(key))
      setGrantRoles(store, project, grant, {
        roleKeys: without(grant.roleKeys, key),
        what: "cascade.changed",
      });
  }
  for (const authorization of store.authorizations.values()) {
    if (authorization.projectId !== project.id || !authorization.roleKeys.includes(key)) continue;
    setAuthorizationRoles(store, authorization, without(authorization.roleKeys, key), "cascade.changed");
  }
}

/** Grants a project to another organization. */
export function addProjectGrant(
  store: Store,
  project: StoredProject,
  grantedOrganizationId: string,
  roleKeys: readonly string[],
): ProjectGrant {
  checkGrantedRoles(project, roleKeys);
  if (!store.organizations.has(grantedOrganizationId)) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-3m9gg", "Organisation not found");
  }
  if (project.grants.has(grantedOrganizationId)) {
    throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Project Grant already exists");
  }
  const grant: ProjectGrant = {
    ...newHistory(store.now()),
    id: store.newId(),
    grantedOrganizationId,
    roleKeys: [...roleKeys],
    state: "active",
  };
  project.grants.set(grantedOrganizationId, grant);
  const payload = { grantId: grant.id, grantedOrgId: grantedOrganizationId, roleKeys: [...roleKeys] };
  writePartEvents(store, project, grant, { type: "project.grant.added", payload });
  return grant;
}

/** Changes the roles of a grant, and removes the roles that it loses from authorizations. */
export function changeProjectGrant(
  store: Store,
  project: StoredProject,
  grant: ProjectGrant,
  roleKeys: readonly string[],
): void {
  checkGrantedRoles(project, roleKeys);
  if (String(grant.roleKeys) === String(roleKeys)) return;
  setGrantRoles(store, project, grant, { roleKeys, what: "changed" });
  for (const authorization of store.authorizations.values()) {
    if (authorization.projectGrantId !== grant.id) continue;
    const kept = authorization.roleKeys.filter((key) => roleKeys.includes(key));
    if (kept.length < authorization.roleKeys.length) {
      setAuthorizationRoles(store, authorization, kept, "cascade.changed");
    }
  }
}

/** Activates or deactivates a grant. Does nothing if it already has that state. */
export function setGrantState(store: Store, project: StoredProject, grant: ProjectGrant, state: State): void {
  if (grant.state === state) return;
  grant.state = state;
  const type = `project.grant.${state === "active" ? "reactivated" : "deactivated"}`;
  writePartEvents(store, project, grant, { type, payload: { grantId: grant.id } });
}

/** Removes a grant, and the authorizations that it made possible. */
export function removeProjectGrant(store: Store, project: StoredProject, grant: ProjectGrant): void {
  project.grants.delete(grant.grantedOrganizationId);
  const payload = { grantId: grant.id, grantedOrgId: grant.grantedOrganizationId };
  writeEvents(store, project, { type: "project.grant.removed", payload });
  for (const authorization of [...store.authorizations.values()]) {
    if (authorization.projectGrantId === grant.id) removeAuthorization(store, authorization, "cascade");
  }
}

function setGrantRoles(
  store: Store,
  project: StoredProject,
  grant: ProjectGrant,
  { roleKeys, what }: { readonly roleKeys: readonly string[]; readonly what: "changed" | "cascade.changed" },
): void {
  grant.roleKeys = [...roleKeys];
  const payload = { grantId: grant.id, roleKeys: [...roleKeys] };
  writePartEvents(store, project, grant, { type: `project.grant.${what}`, payload });
}

function checkGrantedRoles(project: StoredProject, roleKeys: readonly string[]): void {
  if (roleKeys.every((key) => project.roles.has(key))) return;
  throw zitadelError(Code.FailedPrecondition, "COMMAND-6m9gd", "Errors.Project.Role.NotFound");
}

function checkName(store: Store, organizationId: string, name: string): void {
  for (const project of store.projects.values()) {
    if (project.resourceOwner === organizationId && project.name === name) {
      throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Project already exists on organization");
    }
  }
}

function without(keys: readonly string[], key: string): string[] {
  return keys.filter((one) => one !== key);
}

/** Renames the settings as in events, and omits empty values. */
function toPayload(settings: Partial<ProjectSettings>): JsonObject {
  const { name, projectRoleAssertion, authorizationRequired, projectAccessRequired, privateLabelingSetting } =
    settings;
  const payload = {
    name,
    projectRoleAssertion,
    projectRoleCheck: authorizationRequired,
    hasProjectCheck: projectAccessRequired,
    privateLabelingSetting,
  };
  return omitEmpty(omitUndefined(payload));
}
