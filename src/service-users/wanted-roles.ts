import { isRole, rolePermissions } from "../permissions/roles.ts";
import { invalidOption, requireStrings } from "../shared/invalid-option.ts";
import { findNearest } from "../shared/nearest.ts";
import type { Membership, Place } from "./memberships.ts";
import { ServiceUserError } from "./service-user-error.ts";
import { describePlace } from "./steps.ts";

/** The roles that a service user should have. */
export interface WantedRoles {
  readonly roles?: readonly string[] | undefined;
  readonly projectId?: string | undefined;
}

/** Throws if a role is misspelled, or is for a project that is not given. Instances may have custom roles. */
export function requireRoles({ roles = [], projectId }: WantedRoles): void {
  requireStrings("roles", roles);
  for (const role of roles) {
    const nearest = isRole(role) ? undefined : findNearest(role, [...rolePermissions.keys()]);
    if (nearest !== undefined) throw invalidOption("roles", "not a role of Zitadel", `such as ${nearest}`);
    if (role.startsWith("PROJECT_") && projectId === undefined) {
      throw invalidOption("projectId", "undefined", "the id of the project that the roles are for");
    }
  }
}

/** Roles by place. */
export function toMemberships({ roles = [], projectId }: WantedRoles, organizationId: string): Membership[] {
  const byPlace = Map.groupBy(new Set(roles), (role) => role.split("_")[0]);
  return [...byPlace].map(([prefix, some]) => {
    const place: Place =
      prefix === "IAM"
        ? { level: "instance" }
        : prefix === "PROJECT"
          ? { level: "project", projectId: projectId ?? "" }
          : { level: "organization", organizationId };
    return { place, roles: some };
  });
}

/**
 * Whether the roles must still be granted. Throws if the user has different ones: a request for few roles must not
 * result in a user with more.
 */
export function isMissing({ place, roles }: Membership, held: readonly Membership[]): boolean {
  const there = held.find((one) => describePlace(one.place) === describePlace(place));
  if (there === undefined) return true;
  if (there.roles.toSorted().join() === roles.toSorted().join()) return false;
  throw new ServiceUserError("conflict", {
    summary: `The user exists and has ${there.roles.join(", ")} ${describePlace(place)}, not ${roles.join(", ")}`,
    hint: "Change its roles in Zitadel, or choose another name",
  });
}
