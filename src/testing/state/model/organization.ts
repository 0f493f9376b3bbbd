import type { Aggregate, State } from "./aggregate.ts";
import type { MetadataEntry } from "./user.ts";

/** An organization, which owns users and projects. */
export interface Organization extends Aggregate {
  name: string;
  state: State;
  /** One of the domains, which login names can end with. */
  primaryDomain: string;
  readonly domains: Map<string, OrganizationDomain>;
  readonly metadata: Map<string, MetadataEntry>;
}

/** A domain of an organization. Only one organization can have it verified. */
export interface OrganizationDomain {
  readonly createdAt: number;
  verified: boolean;
  /** By its number in the API: 0 for none, by HTTP, by DNS. */
  validationType: number;
  /** What proves that the domain is the organization's, when it was asked for. */
  validationCode?: string | undefined;
}
