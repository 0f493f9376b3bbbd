import { describeHolders } from "../permissions/describe-requirement.ts";
import type { Place } from "./memberships.ts";
import { ServiceUserError } from "./service-user-error.ts";

/** Something that is going to be done, and what it takes. */
export interface ServiceUserStep {
  /** Stable, for programs. */
  readonly name: "create-user" | "grant-roles" | "add-credential" | "sign-in" | "store" | "remove-old";
  /** In words: `create the service user "robot"`. */
  readonly description: string;
  /** What the caller needs. Default: nothing. */
  readonly permission?: string | undefined;
  /** The least roles that have it, in words. */
  readonly roles?: string | undefined;
}

type StepName = ServiceUserStep["name"];

/** A step that takes a permission, or none. */
export function toStep(name: StepName, description: string, permission?: string): ServiceUserStep {
  if (permission === undefined) return { name, description };
  return { name, description, permission, roles: describeHolders(permission) };
}

/** The permission that it takes to give roles somewhere. */
export function memberPermission({ level }: Place): string {
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

/** Refuses to begin what the caller could not finish. */
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
    ({ description, permission, roles }) => `to ${description} takes ${permission} (${roles})`,
  );
  throw new ServiceUserError("missing_permission", {
    summary: `${who} may not do all that this takes, and nothing was done: ${each.join("; ")}`,
    hint:
      `Run it as somebody who has these roles, or have one of them given to ${who}. ` +
      "Who creates service users without roles needs no more than ORG_USER_MANAGER",
  });
}
