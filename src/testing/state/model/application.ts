/** An application, of the type OIDC and API in one: a client that is no user. */
export interface StoredApplication {
  readonly clientId: string;
  readonly projectId: string;
  readonly clientSecret: string;
  readonly keyId: string;
  /** PEM. */
  readonly publicKey: string;
}
