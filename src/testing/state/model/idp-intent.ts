import type { JsonObject } from "@bufbuild/protobuf";
import type { Aggregate } from "./aggregate.ts";

/** An attempt to sign in elsewhere. */
export interface IdpIntent extends Aggregate {
  readonly idpId: string;
  readonly successUrl: string;
  readonly failureUrl: string;
  /** Of Proof Key for Code Exchange (RFC 7636); empty where the provider does not use it. */
  readonly codeVerifier: string;
  state: "started" | "succeeded" | "failed" | "consumed";
  /** What proves that it has succeeded; empty until then. */
  token: string;
  expiresAt: number;
  /** Who has signed in there. */
  external: ExternalUser | undefined;
  /** The user here whom that account is linked to, if any. */
  userId: string;
}

/** An account elsewhere, and the tokens that came with it. */
export interface ExternalUser {
  readonly id: string;
  readonly username: string;
  readonly raw: JsonObject;
  readonly accessToken: string;
  readonly idToken: string;
}
