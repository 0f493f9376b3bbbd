/** A service user with one credential of each kind. */
export interface ServiceUser {
  readonly userId: string;
  readonly organizationId: string;
  /** The file that Zitadel gives out with a new key, as text: for private key JWT. */
  readonly keyFile: string;
  /** The login name: for client credentials. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** A personal access token. */
  readonly token: string;
}
