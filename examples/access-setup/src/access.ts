/** Who may do what in a project, as access.json says it. */
export interface Access {
  /** The organization that owns the project. */
  readonly organization: string;
  readonly project: string;
  /** What people see of roles, by the keys that tokens tell. */
  readonly roles: Readonly<Record<string, string>>;
  /** By their names: with `redirectUris` one where people sign in, without an API that checks tokens. */
  readonly applications: Readonly<Record<string, { readonly redirectUris?: readonly string[] }>>;
  readonly staff: Assignments;
  readonly customers: readonly Customer[];
}

/** An organization that may give some of the project's roles to its users. */
export interface Customer {
  readonly organization: string;
  readonly roles: readonly string[];
  readonly users: Assignments;
}

/** Roles by user name. */
export type Assignments = Readonly<Record<string, readonly string[]>>;
