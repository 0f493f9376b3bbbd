import { describeHolders } from "../permissions/describe-requirement.ts";
import type { Place } from "./memberships.ts";
import { ServiceUserError } from "./service-user-error.ts";

/** A step, and the permission that it needs. */
export interface ServiceUserStep {
  /** Stable; meant for programs. */
  readonly name: "create-user" | "grant-roles" | "add-credential" | "sign-in" | "store" | "remove-old";
  /** In words: `create the service user "robot"`. */
  readonly description: string;
  /** The permission that the caller needs. Absent if it needs none. */
  readonly permission?: string | undefined;
  /** The lowest roles that have that permission, in words. */
  readonly roles?: string | undefined;
}

type StepName = ServiceUserStep["name"];

/** A step that needs a permission, or none. */
export function toStep(name: StepName, description: string, permission?: string): ServiceUserStep {
  if (permission === undefined) return { name, description };
  return { name, description, permission, roles: describeHolders(permission) };
}

/** The permission needed to grant roles somewhere. */
export function toMemberPermission({ level }: Place): string {
  switch (level) {
    case "instance":
      return "iam.member.write";
    case "organization":
      return "org.member.write";
    case "project":
      return "project.member.write";
    case "project grant":
      return "project.grant.member.write";
  }
}

/** A place in words. */
export function describePlace(place: Place): string {
  switch (place.level) {
    case "instance":
      return "on the instance";
    case "organization":
      return `in the organization ${place.organizationId}`;
    case "project":
      return `in the project ${place.projectId}`;
    case "project grant":
      return `in the project grant ${place.grantId}`;
  }
}

/** Throws if the caller may not do all steps. */
export function requirePermissions(
  steps: readonly ServiceUserStep[],
  permissions: ReadonlySet<string>,
  who: string,
): void {
  const has = (permission: string): boolean =>
    permissions.has(permission) || [...permissions].some((one) => one.startsWith(`${permission}:`));
  const missing = steps.filter(({ permission }) => permission !== undefined && !has(permission));
  if (missing.length === 0) return;
  const each = missing.map(
    ({ description, permission, roles }) => `to ${description} requires ${permission} (${roles})`,
  );
  throw new ServiceUserError("missing_permission", {
    summary: `${who} lacks permissions for this, and nothing was done: ${each.join("; ")}`,
    hint:
      `Run it as a user with these roles, or grant one of them to ${who}. ` +
      "Creating service users without roles needs only ORG_USER_MANAGER",
  });
}
