/** An access token as a client sends it: `Authorization: Bearer <token>`. Opaque: never parse it. */
export interface AccessToken {
  readonly token: string;
  /** When the token expires, in milliseconds since the epoch. Absent if unknown. */
  readonly expiresAt?: number | undefined;
}

/** Options of {@link TokenSource.getToken}. */
export interface GetTokenOptions {
  /** Ends the wait of this caller only. */
  readonly signal?: AbortSignal | undefined;
  /**
   * A token that the server has just rejected with 401. If it is still the current one, a source that can obtain another
   * makes one attempt and returns it. If that fails, it rejects with the reason, and the call is replayed once with the
   * same token, since a 401 can be transient. A source that cannot obtain another returns the same token, and the call is
   * not replayed.
   */
  readonly rejected?: string | undefined;
}

/**
 * Turns credentials into a current access token. Called for every request, so a source should cache: use {@link
 * cachedTokenSource} to get tokens from a server.
 */
export interface TokenSource {
  getToken(options?: GetTokenOptions): Promise<AccessToken>;
}
