import { organizationFrom, type Roles, rolesFrom } from "./roles.ts";

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

/** What claims do not tell by themselves. */
export interface ClaimsContext {
  readonly verifiedBy: Caller["verifiedBy"];
  /** Of this service. Only introspection does without, since it is told the roles in the project that asks. */
  readonly projectId: string | undefined;
}

/** Reads claims whose truth has been established. */
export function toCaller(
  claims: Readonly<Record<string, unknown>>,
  { verifiedBy, projectId }: ClaimsContext,
): Caller {
  const { exp, scope, username, preferred_username: preferred } = claims;
  return deepFreeze({
    subject: String(claims["sub"]),
    clientId: text(claims["client_id"]),
    audience: audienceFrom(claims),
    scopes: typeof scope === "string" ? scope.split(" ").filter((one) => one !== "") : [],
    roles: rolesFrom(claims, projectId),
    organization: organizationFrom(claims),
    username: text(username) ?? text(preferred),
    expiresAt: typeof exp === "number" ? exp * 1_000 : undefined,
    actor: toActor(claims["act"]),
    verifiedBy,
    claims,
  });
}

/** Whom a token is meant for. */
export function audienceFrom({ aud }: Readonly<Record<string, unknown>>): readonly string[] {
  return [aud].flat().filter((one) => typeof one === "string");
}

function toActor(act: unknown): Actor | undefined {
  if (typeof act !== "object" || act === null || !("sub" in act) || typeof act.sub !== "string") {
    return undefined;
  }
  const issuer = "iss" in act ? text(act.iss) : undefined;
  return { subject: act.sub, issuer, actor: "act" in act ? toActor(act.act) : undefined };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === "object" && part !== null && !Object.isFrozen(part)) deepFreeze(part);
  }
  return Object.freeze(value);
}
