import type { Aggregate } from "./aggregate.ts";

/** The algorithms of web keys, by their JOSE names. */
export type WebKeyAlgorithm = "RS256" | "RS384" | "RS512" | "ES256" | "ES384" | "ES512" | "EdDSA";

/** A signing key of the instance. The active one signs; all of them verify. */
export interface StoredWebKey extends Aggregate {
  readonly alg: WebKeyAlgorithm;
  /** The key size. RSA only. */
  readonly bits?: number | undefined;
  state: "initial" | "active" | "inactive";
  /** PEM. */
  readonly privateKey: string;
  readonly publicKey: string;
}
