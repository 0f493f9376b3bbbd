/** An OIDC application: a client of the token endpoint that is no user. */
export interface StoredApplication {
  readonly clientId: string;
  readonly projectId: string;
  readonly clientSecret: string;
  readonly keyId: string;
  /** PEM. */
  readonly publicKey: string;
}
