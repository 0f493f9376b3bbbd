import type { Aggregate, History } from "./aggregate.ts";

/** Where an instance calls, and what it makes of the response. */
export interface Target extends Aggregate {
  name: string;
  kind: "restWebhook" | "restCall" | "restAsync";
  /** Whether what goes wrong, a refusal included, ends the call that the target is called about. */
  interruptOnError: boolean;
  timeoutMs: number;
  endpoint: string;
  signingKey: string;
  payload: Payload;
  /** What encrypts payloads of the kind `jwe`, by their ids. */
  readonly publicKeys: Map<string, TargetKey>;
}

/** How the content of a call is packed. Unless somebody has chosen, it is JSON. */
export type Payload = "json" | "jwt" | "jwe" | undefined;

/** A public key of a target. */
export interface TargetKey extends History {
  readonly id: string;
  /** PEM. */
  readonly publicKey: Uint8Array;
  readonly fingerprint: string;
  readonly expiresAt: number | undefined;
  /** Whether it is the one that encrypts. */
  active: boolean;
}

/** Which targets are called when. Its id is the condition: `request/zitadel.user.v2.UserService/AddHumanUser`. */
export interface Execution extends Aggregate {
  /** Ids of targets, in the order in which they are called. */
  targets: readonly string[];
}
