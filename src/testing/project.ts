import { addAuthorization } from "./state/authorizations.ts";
import type { Store } from "./state/model/store.ts";
import { addProject, addProjectGrant, addRoles } from "./state/projects.ts";

/** The options of a new project. */
export interface NewProject {
  /** The keys of its roles. Default: none. */
  readonly roles?: readonly string[] | undefined;
  /** The organization that owns it. Default: the instance's first one. */
  readonly organizationId?: string | undefined;
}

/** A project. */
export interface Project {
  readonly projectId: string;
}

/** Roles to grant a user in a project. */
export interface NewAuthorization {
  readonly userId: string;
  readonly projectId: string;
  /** The keys of the roles, which must exist in the project. */
  readonly roles: readonly string[];
  /**
   * The organization that grants them: if it is not that of the project, the project is granted to it with these roles.
   * Default: that of the project.
   */
  readonly organizationId?: string | undefined;
}

/** Creates a project. */
export function createProject(store: Store, { roles = [], organizationId }: NewProject): Project {
  const owner = organizationId ?? store.defaultOrganizationId;
  const project = addProject(store, { organizationId: owner, name: `project-${store.newId()}` });
  addRoles(
    store,
    project,
    roles.map((key) => ({ key, displayName: key, group: "" })),
  );
  return { projectId: project.id };
}

/** Grants a user roles. Throws a TypeError if something does not exist. */
export function createAuthorization(store: Store, authorization: NewAuthorization): void {
  const { userId, projectId, roles } = authorization;
  const project = store.projects.get(projectId);
  if (project === undefined) throw new TypeError(`projectId: there is no project ${projectId}`);
  const unknown = roles.find((role) => !project.roles.has(role));
  if (unknown !== undefined) throw new TypeError(`roles: project ${projectId} has no role ${unknown}`);
  if (!store.users.has(userId)) throw new TypeError(`userId: there is no user ${userId}`);
  const organizationId = authorization.organizationId ?? project.resourceOwner;
  if (!store.organizations.has(organizationId)) {
    throw new TypeError(`organizationId: there is no organization ${organizationId}`);
  }
  if (organizationId !== project.resourceOwner && !project.grants.has(organizationId)) {
    addProjectGrant(store, project, organizationId, roles);
  }
  addAuthorization(store, { userId, projectId, organizationId, roleKeys: roles });
}
