/** A project, which has the roles that its applications ask for. */
export interface StoredProject {
  readonly id: string;
  readonly organizationId: string;
  readonly roles: ReadonlySet<string>;
}

/** The roles that a user has in a project on behalf of an organization: an authorization. */
export interface RoleGrant {
  readonly userId: string;
  readonly projectId: string;
  /** The organization that has given the roles. */
  readonly organizationId: string;
  readonly roles: readonly string[];
}
