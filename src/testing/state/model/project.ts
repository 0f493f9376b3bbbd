import type { Aggregate, History, State } from "./aggregate.ts";

/** A project, which has roles and applications that ask for them. */
export interface StoredProject extends Aggregate, ProjectSettings {
  state: State;
  /** By their keys. */
  readonly roles: Map<string, ProjectRole>;
  /** By the ids of the organizations that they are made to. */
  readonly grants: Map<string, ProjectGrant>;
}

/** What can be set of a project. */
export interface ProjectSettings {
  name: string;
  /** Tokens tell the roles of their users. */
  projectRoleAssertion: boolean;
  /** Only users with a role can sign in. */
  authorizationRequired: boolean;
  /** Only users of organizations that the project is granted to can sign in. */
  projectAccessRequired: boolean;
  /** By its number in the API. */
  privateLabelingSetting: number;
}

/** A role of a project. */
export interface ProjectRole extends History {
  readonly key: string;
  displayName: string;
  group: string;
}

/** Lets another organization give its users some roles of the project. */
export interface ProjectGrant extends History {
  readonly id: string;
  readonly grantedOrganizationId: string;
  roleKeys: readonly string[];
  state: State;
}
