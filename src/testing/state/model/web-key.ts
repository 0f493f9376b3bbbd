import type { Aggregate } from "./aggregate.ts";

/** What the keys of an instance may be, by the names of JOSE. */
export type WebKeyAlgorithm = "RS256" | "RS384" | "RS512" | "ES256" | "ES384" | "ES512" | "EdDSA";

/** A key of the instance: the active one signs, and all verify. */
export interface StoredWebKey extends Aggregate {
  readonly alg: WebKeyAlgorithm;
  /** Of RSA only. */
  readonly bits?: number | undefined;
  state: "initial" | "active" | "inactive";
  /** PEM. */
  readonly privateKey: string;
  readonly publicKey: string;
}
