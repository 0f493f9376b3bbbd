import type { Aggregate } from "./aggregate.ts";

export interface Organization extends Aggregate {
  name: string;
  primaryDomain: string;
}
