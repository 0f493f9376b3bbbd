import type { Aggregate } from "./aggregate.ts";

/** Where an instance calls, and what it makes of the response. */
export interface Target extends Aggregate {
  name: string;
  kind: "restWebhook" | "restCall" | "restAsync";
  /** Whether what goes wrong, a refusal included, ends the call that the target is called about. */
  interruptOnError: boolean;
  timeoutMs: number;
  endpoint: string;
  signingKey: string;
}

/** Which targets are called when. Its id is the condition: `request/zitadel.user.v2.UserService/AddHumanUser`. */
export interface Execution extends Aggregate {
  /** Ids of targets, in the order in which they are called. */
  targets: readonly string[];
}
