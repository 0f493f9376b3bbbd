import type { Aggregate, State } from "./aggregate.ts";

/**
 * The roles of a user in a project, given by the organization that owns the authorization. v1 calls it a user grant.
 */
export interface Authorization extends Aggregate {
  readonly userId: string;
  readonly projectId: string;
  /** The project grant that lets the organization give the roles. Undefined if the project is its own. */
  readonly projectGrantId: string | undefined;
  roleKeys: readonly string[];
  state: State;
}
