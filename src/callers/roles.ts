import { requireString } from "../shared/invalid-option.ts";
import type { Caller, CallerOrganization } from "./caller.ts";
import { CallerError } from "./caller-error.ts";

/** By the key of a role, the organizations in which the user has it: their primary domains, by their ids. */
export type Roles = Readonly<Record<string, Readonly<Record<string, string>>>>;

const OWNER = "urn:zitadel:iam:user:resourceowner";

/**
 * The roles in a project. The claim without a project's id is that of the project which the token was issued to, or
 * which asks by introspection: in a JWT it may be about another project than the one that the service belongs to.
 */
export function rolesFrom(claims: Readonly<Record<string, unknown>>, projectId: string | undefined): Roles {
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
export function organizationFrom(claims: Readonly<Record<string, unknown>>): CallerOrganization | undefined {
  const [id, name, primaryDomain] = ["id", "name", "primary_domain"].map((part) => {
    const value = claims[`${OWNER}:${part}`];
    return typeof value === "string" ? value : undefined;
  });
  return id === undefined ? undefined : { id, name, primaryDomain };
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** Whether a caller has a role, in any organization or in the one that is named. */
export function hasRole({ roles }: Pick<Caller, "roles">, role: string, organizationId?: string): boolean {
  requireString("role", role);
  if (organizationId !== undefined) requireString("organizationId", organizationId);
  if (!Object.hasOwn(roles, role)) return false;
  const organizations = roles[role] ?? {};
  if (organizationId !== undefined) return Object.hasOwn(organizations, organizationId);
  return Object.keys(organizations).length > 0;
}

/**
 * Fails unless a caller has a role, in any organization or in the one that is named.
 *
 * @throws CallerError `missing_role`, with the status 403
 */
export function requireRole(caller: Pick<Caller, "roles">, role: string, organizationId?: string): void {
  if (!hasRole(caller, role, organizationId)) throw new CallerError("missing_role", { role, organizationId });
}
