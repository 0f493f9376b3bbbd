/** The organizations in which the user has each role: by role key, then by organization id, their primary domains. */
export type Roles = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** An organization, as tokens describe it. */
export interface CallerOrganization {
  readonly id: string;
  readonly name: string | undefined;
  readonly primaryDomain: string | undefined;
}

/** Who acts as the caller, through impersonation (RFC 8693 section 4.1). */
export interface Actor {
  readonly subject: string;
  readonly issuer: string | undefined;
  /** The previous actor in the chain. */
  readonly actor: Actor | undefined;
}

/** Who made a request, according to a verified access token. Frozen, since requests may share it. */
export interface Caller {
  /** The id of the user. */
  readonly subject: string;
  /** The application that got the token, or the service user's login name. Absent for personal access tokens. */
  readonly clientId: string | undefined;
  readonly audience: readonly string[];
  /** Empty for a JWT, which contains no scopes. */
  readonly scopes: readonly string[];
  /** The roles in this service's project. A JWT contains the ones that were requested with it. */
  readonly roles: Roles;
  /** The user's organization, if the token was requested with `urn:zitadel:iam:user:resourceowner`. */
  readonly organization: CallerOrganization | undefined;
  /** The login name, if introspection returns it: for tokens with the scope `profile`. */
  readonly username: string | undefined;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  readonly actor: Actor | undefined;
  readonly verifiedBy: "jwt" | "introspection";
  /** All claims of the token or of the introspection response, unchanged. */
  readonly claims: Readonly<Record<string, unknown>>;
}
