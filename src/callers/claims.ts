import type { Actor, Caller, CallerOrganization, Roles } from "./caller.ts";

/** What the claims do not say. */
export interface ClaimsContext {
  readonly verifiedBy: Caller["verifiedBy"];
  /** The project of this service. Introspection does not need it: its response has the roles in the asking project. */
  readonly projectId: string | undefined;
}

/** Reads claims that have been verified. */
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

/** Who a token is meant for. */
function audienceFrom({ aud }: Readonly<Record<string, unknown>>): readonly string[] {
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
  // Primitive values count as frozen.
  for (const part of Object.values(value)) if (!Object.isFrozen(part)) deepFreeze(part);
  return Object.freeze(value);
}

const OWNER = "urn:zitadel:iam:user:resourceowner";

/**
 * The roles in a project. The claim without a project id is about the project that the token was issued to, or that
 * introspects it. In a JWT, that may not be the project that the service belongs to.
 */
function rolesFrom(claims: Readonly<Record<string, unknown>>, projectId: string | undefined): Roles {
  const project = projectId === undefined ? "" : `${projectId}:`;
  const claim = claims[`urn:zitadel:iam:org:project:${project}roles`];
  const roles: Record<string, Record<string, string>> = Object.create(null);
  for (const [role, organizations] of entries(claim)) {
    const domains: Record<string, string> = Object.create(null);
    for (const [id, domain] of entries(organizations)) domains[id] = String(domain);
    roles[role] = domains;
  }
  return roles;
}

/** The organization that owns the user. */
function organizationFrom(claims: Readonly<Record<string, unknown>>): CallerOrganization | undefined {
  const [id, name, primaryDomain] = ["id", "name", "primary_domain"].map((part) => {
    const value = claims[`${OWNER}:${part}`];
    return typeof value === "string" ? value : undefined;
  });
  return id === undefined ? undefined : { id, name, primaryDomain };
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
