import { isRole, rolePermissions } from "../permissions/roles.ts";
import { invalidOption, requireStrings } from "../shared/invalid-option.ts";
import { findNearest } from "../shared/nearest.ts";
import type { Membership, Place } from "./memberships.ts";
import { ServiceUserError } from "./service-user-error.ts";
import { describePlace } from "./steps.ts";

/** The roles that a service user is to have. */
export interface WantedRoles {
  readonly roles?: readonly string[] | undefined;
  readonly projectId?: string | undefined;
}

/** Fails where a role is misspelt, or holds nowhere. Instances may have roles of their own. */
export function requireRoles({ roles = [], projectId }: WantedRoles): void {
  requireStrings("roles", roles);
  for (const role of roles) {
    const nearest = isRole(role) ? undefined : findNearest(role, [...rolePermissions.keys()]);
    if (nearest !== undefined) throw invalidOption("roles", "no role of Zitadel's", `such as ${nearest}`);
    if (role.startsWith("PROJECT_") && projectId === undefined) {
      throw invalidOption("projectId", "undefined", "the id of the project in which the roles hold");
    }
  }
}

/** Roles by where they hold. */
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

/** Whether the roles are still to be given. Fails where there are others: who asks for few is not to be given a user that has many. */
export function isMissing({ place, roles }: Membership, held: readonly Membership[]): boolean {
  const there = held.find((one) => describePlace(one.place) === describePlace(place));
  if (there === undefined) return true;
  if (there.roles.toSorted().join() === roles.toSorted().join()) return false;
  throw new ServiceUserError("conflict", {
    summary: `The user exists and has ${there.roles.join(", ")} ${describePlace(place)}, and not ${roles.join(", ")}`,
    hint: "Change its roles in Zitadel, or choose another name",
  });
}
