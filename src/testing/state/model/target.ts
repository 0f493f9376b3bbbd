import type { Aggregate, History } from "./aggregate.ts";

/** An endpoint that the instance calls, and how it handles the response. */
export interface Target extends Aggregate {
  name: string;
  kind: "restWebhook" | "restCall" | "restAsync";
  /** Whether an error of the target, including a refusal, fails the original call. */
  interruptOnError: boolean;
  timeoutMs: number;
  endpoint: string;
  signingKey: string;
  payload: Payload;
  /** Keys for encrypting `jwe` payloads, by id. */
  readonly publicKeys: Map<string, TargetKey>;
}

/** The format of the payload. Undefined: not set, which means JSON. */
export type Payload = "json" | "jwt" | "jwe" | undefined;

/** A public key of a target. */
export interface TargetKey extends History {
  readonly id: string;
  /** PEM. */
  readonly publicKey: Uint8Array;
  readonly fingerprint: string;
  readonly expiresAt: number | undefined;
  /** Whether payloads are encrypted with it. */
  active: boolean;
}

/** The targets to call under a condition, which is its id, e.g. `request/zitadel.user.v2.UserService/AddHumanUser`. */
export interface Execution extends Aggregate {
  /** Ids of targets, in the order in which they are called. */
  targets: readonly string[];
}
