/** An access token that the server has issued. */
export interface Token {
  readonly userId: string;
  /** By the emulator's clock, in milliseconds since the epoch. From then on, the token is invalid. */
  readonly expiresAt: number;
  /** Whether the API accepts it. */
  readonly forApi: boolean;
  /** Whether it is from the token endpoint, and not a personal access token or session token. */
  readonly issued: boolean;
  /** The token id, which is the `jti` of a JWT. Default: none, as for session tokens. */
  readonly id?: string | undefined;
  readonly createdAt?: number | undefined;
  /** The client that it was issued to: an application, or the login name of a machine. Default: none. */
  readonly clientId?: string | undefined;
  /** Authentication methods (RFC 8176). Default: the token does not contain them. */
  readonly amr?: readonly string[] | undefined;
  /** When the user signed in. Default: the token does not contain it. */
  readonly authTime?: number | undefined;
  /** Default: none. */
  readonly scopes?: readonly string[] | undefined;
  /** Ids of the projects and clients that accept it; `zitadel` is the API. Default: none. */
  readonly audience?: readonly string[] | undefined;
  /** Who impersonates the user. The API does not accept such tokens. */
  readonly actor?: TokenActor | undefined;
  /** The OIDC session that it belongs to. Default: none. */
  readonly oidcSessionId?: string | undefined;
  /** The session of the session API whose end invalidates it. Default: none. */
  readonly sessionId?: string | undefined;
}

/** Who acts as the user (RFC 8693, section 4.1), and on whose behalf in turn. */
export interface TokenActor {
  readonly userId: string;
  readonly issuer: string;
  readonly actor?: TokenActor | undefined;
}
