import type { Aggregate } from "./aggregate.ts";

/** A group of users of an organization. */
export interface Group extends Aggregate {
  name: string;
  description: string;
  /** When each user was added, by user id. */
  readonly users: Map<string, number>;
}
