/** By the key of a role, the organizations in which the user has it: their primary domains, by their ids. */
export type Roles = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** An organization, as tokens name it. */
export interface CallerOrganization {
  readonly id: string;
  readonly name: string | undefined;
  readonly primaryDomain: string | undefined;
}

/** Who acts as the caller, by impersonation (RFC 8693 section 4.1). */
export interface Actor {
  readonly subject: string;
  readonly issuer: string | undefined;
  /** Who acted as that one before. */
  readonly actor: Actor | undefined;
}

/** Who has made a request: what a verified access token tells. Frozen, since requests may share it. */
export interface Caller {
  /** The id of the user. */
  readonly subject: string;
  /** The application that got the token, or the login name of a service user. Absent with personal access tokens. */
  readonly clientId: string | undefined;
  readonly audience: readonly string[];
  /** None in a JWT: Zitadel does not tell them there. */
  readonly scopes: readonly string[];
  /** The roles in this service's project. A JWT has those that were asked for when it was requested. */
  readonly roles: Roles;
  /** The user's organization, if the token was requested with `urn:zitadel:iam:user:resourceowner`. */
  readonly organization: CallerOrganization | undefined;
  /** The login name, if introspection tells it: for tokens with the scope `profile`. */
  readonly username: string | undefined;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  readonly actor: Actor | undefined;
  readonly verifiedBy: "jwt" | "introspection";
  /** All that the token or introspection tells, as it is. */
  readonly claims: Readonly<Record<string, unknown>>;
}
