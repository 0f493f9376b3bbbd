import { checkOptions, requireString } from "../shared/invalid-option.ts";
import type { Caller } from "./caller.ts";
import { CallerError } from "./caller-error.ts";

/** Whether a caller has a role, in any organization or in the given one. */
export function hasRole({ roles }: Pick<Caller, "roles">, role: string, organizationId?: string): boolean {
  checkOptions("hasRole()", () => checkRole(role, organizationId));
  return isIn(roles, role, organizationId);
}

function checkRole(role: string, organizationId: string | undefined): void {
  requireString("role", role);
  if (organizationId !== undefined) requireString("organizationId", organizationId);
}

function isIn(roles: Caller["roles"], role: string, organizationId: string | undefined): boolean {
  if (!Object.hasOwn(roles, role)) return false;
  const organizations = roles[role] ?? {};
  if (organizationId !== undefined) return Object.hasOwn(organizations, organizationId);
  return Object.keys(organizations).length > 0;
}

/**
 * Throws unless a caller has a role, in any organization or in the given one.
 *
 * @throws CallerError `missing_role`, with the status 403
 */
export function requireRole({ roles }: Pick<Caller, "roles">, role: string, organizationId?: string): void {
  checkOptions("requireRole()", () => checkRole(role, organizationId));
  if (!isIn(roles, role, organizationId)) throw new CallerError("missing_role", { role, organizationId });
}
