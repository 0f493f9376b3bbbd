import { rolePermissions } from "../../../permissions/roles.ts";

const ROLES: readonly string[] = [...rolePermissions.keys()];

/** The roles that members of each kind can have, in the server's order. */
export const INSTANCE_ROLES = ROLES.filter((role) => role.startsWith("IAM_"));
export const PROJECT_ROLES = ROLES.filter((role) => /^PROJECT_(?!GRANT_)/.test(role));
export const PROJECT_GRANT_ROLES = ROLES.filter((role) => role.startsWith("PROJECT_GRANT_"));

/** In the default organization there is one for those who register by themselves, too. */
export function organizationRoles(isDefault: boolean): string[] {
  const roles = ROLES.filter((role) => role.startsWith("ORG_"));
  return isDefault ? [...roles, "SELF_MANAGEMENT_GLOBAL"] : roles;
}
