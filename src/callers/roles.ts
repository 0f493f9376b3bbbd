import { requireString } from "../shared/invalid-option.ts";
import type { Caller } from "./caller.ts";
import { CallerError } from "./caller-error.ts";

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
