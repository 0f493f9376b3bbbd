import type { Aggregate } from "./aggregate.ts";

/** Users of an organization, together. */
export interface Group extends Aggregate {
  name: string;
  description: string;
  /** Since when users have been in it, by their ids. */
  readonly users: Map<string, number>;
}
