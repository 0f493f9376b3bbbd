/** An OIDC application: a client of the token endpoint that is no user. */
export interface StoredApplication {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly keyId: string;
  /** PEM. */
  readonly publicKey: string;
}
