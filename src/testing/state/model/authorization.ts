import type { Aggregate, State } from "./aggregate.ts";

/** The roles that a user has in a project on behalf of an organization, which owns it. v1 calls it a user grant. */
export interface Authorization extends Aggregate {
  readonly userId: string;
  readonly projectId: string;
  /** The project grant by which the organization can give the roles, where the project is not its own. */
  readonly projectGrantId: string | undefined;
  roleKeys: readonly string[];
  state: State;
}
