/** A bearer that the server has issued. */
export interface Token {
  readonly userId: string;
  /** By the emulator's clock; it is refused from then on. */
  readonly expiresAt: number;
  /** Whether it is good for calling the API. */
  readonly forApi: boolean;
  /** A token of the token endpoint, as against a personal access token or the token of a session. */
  readonly issued: boolean;
}
