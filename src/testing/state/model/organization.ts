import type { Aggregate, State } from "./aggregate.ts";
import type { MetadataEntry } from "./user.ts";

/** An organization, which owns users and projects. */
export interface Organization extends Aggregate {
  name: string;
  state: State;
  /** The domain that preferred login names end with. */
  primaryDomain: string;
  readonly domains: Map<string, OrganizationDomain>;
  readonly metadata: Map<string, MetadataEntry>;
}

/** A domain of an organization. At most one organization can have verified it. */
export interface OrganizationDomain {
  readonly createdAt: number;
  verified: boolean;
  /** As the API numbers it. 0: none; 1: HTTP; 2: DNS. */
  validationType: number;
  /** The code that proves ownership, once one has been requested. */
  validationCode?: string | undefined;
}
