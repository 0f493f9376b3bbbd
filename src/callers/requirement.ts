import { checkOptions, requireKnown, requireObject, requireString } from "../shared/invalid-option.ts";
import type { Caller } from "./caller.ts";
import { CallerError } from "./caller-error.ts";
import { requireRole } from "./roles.ts";

/** What a caller must have besides a token. */
export interface CallerRequirement<R = unknown> {
  /**
   * The key of a role in this service's project. An explicit `undefined` is refused, since it would let everybody in.
   * Default: none.
   */
  readonly role?: string;
  /**
   * The id of the organization in which the caller needs the role, or a function that gets it from the request.
   * Default: any organization.
   */
  readonly organizationId?: string | ((request: R) => string);
}

/** Checks a caller; throws a CallerError. */
export type CheckCaller<R> = (caller: Caller, request: R) => void;

/** Checks a requirement when a route is created, since a misspelled option would let everybody in. */
export function checkRequirement<R>(
  option: string,
  requirement: CallerRequirement<R> | undefined,
): CheckCaller<R> {
  if (requirement === undefined) return () => {};
  return checkOptions(option, () => {
    requireObject("its argument", requirement, "{ role }");
    requireKnown("", requirement, { role: true, organizationId: true });
    const { role, organizationId } = requirement;
    if ("role" in requirement || "organizationId" in requirement) requireString("role", role);
    if (role === undefined) return () => {};
    if (typeof organizationId === "function") return checkInOrganization(role, organizationId);
    if ("organizationId" in requirement) requireString("organizationId", organizationId);
    return (caller) => requireRole(caller, role, organizationId);
  });
}

function checkInOrganization<R>(role: string, find: (request: R) => string): CheckCaller<R> {
  return (caller, request) => {
    const id: unknown = find(request);
    // A request that names no organization is refused.
    if (typeof id !== "string" || id === "") throw new CallerError("missing_role", { role });
    requireRole(caller, role, id);
  };
}
