import type { Aggregate, History, State } from "./aggregate.ts";

/** A script of an organization that the server runs: an action of v1. */
export interface Action extends Aggregate {
  name: string;
  script: string;
  timeoutMs: number;
  /** Whether the flow continues if the script fails. */
  allowedToFail: boolean;
  state: State;
}

/** Which actions an organization runs, and when. Types and triggers are numbered as in the API. */
export interface Flow extends History {
  readonly organizationId: string;
  readonly type: number;
  /** Ids of actions by trigger, in the order in which they run. */
  readonly triggers: Map<number, readonly string[]>;
}
