/** A service user with one credential of each kind. */
export interface ServiceUser {
  readonly userId: string;
  readonly organizationId: string;
  /** For private key JWT: the text of the file that Zitadel issues with a new key. */
  readonly keyFile: string;
  /** For client credentials: the login name. */
  readonly clientId: string;
  readonly clientSecret: string;
  readonly token: string;
}
