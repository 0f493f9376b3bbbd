import type { Aggregate, History, State } from "./aggregate.ts";

/** A script of an organization that the server runs itself: the actions of the first version. */
export interface Action extends Aggregate {
  name: string;
  script: string;
  timeoutMs: number;
  /** Whether what it is run for goes on without it. */
  allowedToFail: boolean;
  state: State;
}

/** Which actions an organization has run when; the numbers are those of the API. */
export interface Flow extends History {
  readonly organizationId: string;
  readonly type: number;
  /** Ids of actions by trigger, in the order in which they are run. */
  readonly triggers: Map<number, readonly string[]>;
}
