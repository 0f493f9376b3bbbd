import type { JsonObject } from "@bufbuild/protobuf";
import type { Aggregate } from "./aggregate.ts";

/** An attempt to sign in at an identity provider. */
export interface IdpIntent extends Aggregate {
  readonly idpId: string;
  readonly successUrl: string;
  readonly failureUrl: string;
  /** The PKCE verifier (RFC 7636); empty if the provider does not use PKCE. */
  readonly codeVerifier: string;
  state: "started" | "succeeded" | "failed" | "consumed";
  /** The token that proves that the sign-in has succeeded; empty until then. */
  token: string;
  expiresAt: number;
  /** The account that has signed in. */
  external: ExternalUser | undefined;
  /** The id of the user who is linked to that account; empty if there is none. */
  userId: string;
}

/** An account at an identity provider, with the tokens from its sign-in. */
export interface ExternalUser {
  readonly id: string;
  readonly username: string;
  readonly raw: JsonObject;
  readonly accessToken: string;
  readonly idToken: string;
}
