/** An access token as a client sends it: `Authorization: Bearer <token>`. Opaque: never parse it. */
export interface AccessToken {
  readonly token: string;
  /** When the token ends, in milliseconds since the epoch. Absent where that is unknown. */
  readonly expiresAt?: number | undefined;
}

/** What a caller of {@link TokenSource.getToken} may tell. */
export interface GetTokenOptions {
  /** Ends the wait of this caller, and of no other. */
  readonly signal?: AbortSignal | undefined;
  /**
   * A token that the server has just answered with 401. A source that can obtain another one drops the
   * rejected one (only if it is still the current one) and returns its successor; a source that
   * cannot returns what it has, and the call is not replayed.
   */
  readonly rejected?: string | undefined;
}

/**
 * Turns credentials into a current access token. Called for every request, so a source caches; wrap
 * one that asks a server in {@link cachedTokenSource}.
 */
export interface TokenSource {
  getToken(options?: GetTokenOptions): Promise<AccessToken>;
}
