import type { Store } from "./model/store.ts";

/** What a project is created from. */
export interface NewProject {
  /** The keys of its roles. Default: none. */
  readonly roles?: readonly string[] | undefined;
  /** The organization that owns it. Default: the instance's first one. */
  readonly organizationId?: string | undefined;
}

/** A project: what applications belong to, and tokens are meant for. */
export interface Project {
  readonly projectId: string;
}

/** Roles that a user is given in a project. */
export interface NewAuthorization {
  readonly userId: string;
  readonly projectId: string;
  /** The keys of the roles; the project has each. */
  readonly roles: readonly string[];
  /** The organization that gives them. Default: that of the project. */
  readonly organizationId?: string | undefined;
}

/** Stores a new project. */
export function createProject(store: Store, { roles = [], organizationId }: NewProject): Project {
  const id = store.newId();
  const owner = organizationId ?? store.defaultOrganizationId;
  store.projects.set(id, { id, organizationId: owner, roles: new Set(roles) });
  return { projectId: id };
}

/** Gives a user roles. Throws a TypeError for what does not exist. */
export function createAuthorization(store: Store, authorization: NewAuthorization): void {
  const { userId, projectId, roles } = authorization;
  const project = store.projects.get(projectId);
  if (project === undefined) throw new TypeError(`projectId: there is no project ${projectId}`);
  const unknown = roles.find((role) => !project.roles.has(role));
  if (unknown !== undefined) throw new TypeError(`roles: project ${projectId} has no role ${unknown}`);
  if (!store.users.has(userId)) throw new TypeError(`userId: there is no user ${userId}`);
  const organizationId = authorization.organizationId ?? project.organizationId;
  if (!store.organizations.has(organizationId)) {
    throw new TypeError(`organizationId: there is no organization ${organizationId}`);
  }
  store.roleGrants.push({ userId, projectId, organizationId, roles });
}
