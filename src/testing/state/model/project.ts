import type { Aggregate, History, State } from "./aggregate.ts";

/** A project with its roles and grants. */
export interface StoredProject extends Aggregate, ProjectSettings {
  state: State;
  /** By key. */
  readonly roles: Map<string, ProjectRole>;
  /** By the id of the granted organization. */
  readonly grants: Map<string, ProjectGrant>;
}

/** The settings of a project. */
export interface ProjectSettings {
  name: string;
  /** Whether tokens contain the roles of their users. */
  projectRoleAssertion: boolean;
  /** Whether only users with a role can sign in. */
  authorizationRequired: boolean;
  /** Whether only users of the owning organization, and of those that the project is granted to, can sign in. */
  projectAccessRequired: boolean;
  /** The enum's number in the API. */
  privateLabelingSetting: number;
}

/** A role of a project. */
export interface ProjectRole extends History {
  readonly key: string;
  displayName: string;
  group: string;
}

/** A grant that lets another organization give its users some roles of the project. */
export interface ProjectGrant extends History {
  readonly id: string;
  readonly grantedOrganizationId: string;
  roleKeys: readonly string[];
  state: State;
}
