import type { Aggregate } from "./aggregate.ts";

/** An organization, which owns users. */
export interface Organization extends Aggregate {
  name: string;
  primaryDomain: string;
}
