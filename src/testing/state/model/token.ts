/** A bearer that the server has issued. */
export interface Token {
  readonly userId: string;
  /** By the emulator's clock; it is refused from then on. */
  readonly expiresAt: number;
  /** Whether it is good for calling the API. */
  readonly forApi: boolean;
  /** A token of the token endpoint, as against a personal access token or the token of a session. */
  readonly issued: boolean;
  /** What the server knows it by, and a JWT has as its `jti`. Default: none, as for the tokens of sessions. */
  readonly id?: string | undefined;
  readonly createdAt?: number | undefined;
  /** The application that it was issued to, or the login name of a machine. Default: none. */
  readonly clientId?: string | undefined;
  /** How the user signed in, by the names of RFC 8176. Default: nothing is told. */
  readonly amr?: readonly string[] | undefined;
  /** When the user signed in. Default: nothing is told. */
  readonly authTime?: number | undefined;
  /** Default: none. */
  readonly scopes?: readonly string[] | undefined;
  /** Ids of the projects and clients that accept it; `zitadel` is the API. Default: none. */
  readonly audience?: readonly string[] | undefined;
  /** Who acts as the user, by impersonation: the API accepts no such token. */
  readonly actor?: TokenActor | undefined;
  /** The OIDC session that it belongs to. Default: none. */
  readonly oidcSessionId?: string | undefined;
  /** The session of the session API with which it ends. Default: none. */
  readonly sessionId?: string | undefined;
}

/** Who acts as somebody else (RFC 8693, section 4.1), and for whom they do in turn. */
export interface TokenActor {
  readonly userId: string;
  readonly issuer: string;
  readonly actor?: TokenActor | undefined;
}
