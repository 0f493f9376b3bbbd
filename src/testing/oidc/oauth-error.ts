/** An error of the token endpoint (RFC 6749, section 5.2), as Zitadel words it. */
export class OAuthError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "OAuthError";
  override readonly name = "OAuthError";
  readonly error: string;
  /** 500 for the server's own troubles. */
  readonly status: number;

  constructor(error: string, description: string, status = 400) {
    super(description);
    this.error = error;
    this.status = status;
  }
}
