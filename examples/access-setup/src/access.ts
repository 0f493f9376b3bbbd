/** The access rules of a project, from access.json. */
export interface Access {
  /** The organization that owns the project. */
  readonly organization: string;
  readonly project: string;
  /** Display names of roles, by the keys in tokens. */
  readonly roles: Readonly<Record<string, string>>;
  /**
   * By name: an application where people sign in if there are `redirectUris`, otherwise an API that verifies tokens.
   */
  readonly applications: Readonly<Record<string, { readonly redirectUris?: readonly string[] }>>;
  readonly staff: Assignments;
  readonly customers: readonly Customer[];
}

/** An organization that may grant some of the project's roles to its users. */
export interface Customer {
  readonly organization: string;
  readonly roles: readonly string[];
  readonly users: Assignments;
}

/** Roles by user name. */
export type Assignments = Readonly<Record<string, readonly string[]>>;
