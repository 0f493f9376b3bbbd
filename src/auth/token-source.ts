/** An access token as a client sends it: `Authorization: Bearer <token>`. Opaque: never parse it. */
export interface AccessToken {
  readonly token: string;
  /** When the token expires, in milliseconds since the epoch. Absent where that is unknown. */
  readonly expiresAt?: number | undefined;
}

/** What a caller of {@link TokenSource.getToken} may pass. */
export interface GetTokenOptions {
  /** Ends the wait of this caller, and of no other. */
  readonly signal?: AbortSignal | undefined;
  /**
   * A token that the server has just rejected with 401. A source that can obtain another one makes one attempt, if
   * the rejected token is still the current one, and returns the successor; if that fails it rejects with the reason,
   * and the call is replayed once with the token that it has, since a 401 can be transient. A source that cannot
   * obtain another one returns what it has, and the call is not replayed.
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
