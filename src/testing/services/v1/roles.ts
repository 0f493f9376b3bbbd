import { rolePermissions } from "../../../permissions/roles.ts";

const ROLES: readonly string[] = [...rolePermissions.keys()];

/** The roles of each kind of member, in the server's order. */
export const INSTANCE_ROLES = ROLES.filter((role) => role.startsWith("IAM_"));
export const PROJECT_ROLES = ROLES.filter((role) => /^PROJECT_(?!GRANT_)/.test(role));
export const PROJECT_GRANT_ROLES = ROLES.filter((role) => role.startsWith("PROJECT_GRANT_"));

/** The roles of organization members. The default organization has one more, for self-registered users. */
export function listOrganizationRoles(isDefault: boolean): string[] {
  const roles = ROLES.filter((role) => role.startsWith("ORG_"));
  return isDefault ? [...roles, "SELF_MANAGEMENT_GLOBAL"] : roles;
}
