import type { Aggregate, State } from "./aggregate.ts";
import type { MetadataEntry } from "./user.ts";

/** An organization, which owns users and projects. */
export interface Organization extends Aggregate {
  name: string;
  state: State;
  primaryDomain: string;
  /** The domains besides the primary one; each is verified, as a new instance does not ask for proof. */
  readonly domains: Set<string>;
  readonly metadata: Map<string, MetadataEntry>;
}
