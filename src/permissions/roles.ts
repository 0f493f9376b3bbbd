/**
 * The permissions of Zitadel's roles, unless the server is configured otherwise: the default of
 * `InternalAuthZ.RolePermissionMappings` of Zitadel 4.13 (cmd/defaults.yaml). `user.{read,write}` means `user.read` and
 * `user.write`.
 */
const ROLES = {
  SYSTEM_OWNER: `
    system.debug.{delete,read,write} system.domain.{delete,read,write}
    system.feature.{delete,read,write} system.iam.member.read system.instance.{delete,read,write}
    system.limits.{delete,write} system.quota.{delete,write}`,
  SYSTEM_OWNER_VIEWER: `system.debug.read system.domain.read system.feature.read system.iam.member.read system.instance.read`,
  IAM_OWNER: `
    action.execution.{read,write} action.target.{delete,read,write} events.read
    group.{create,delete,read,write} group.user.{delete,read,write} iam.action.{delete,read,write}
    iam.debug.{read,write} iam.feature.{delete,read,write} iam.flow.{delete,read,write}
    iam.idp.{delete,read,write} iam.member.{delete,read,write} iam.policy.{delete,read,write}
    iam.{read,write} iam.restrictions.{read,write} iam.web_key.{delete,read,write} milestones.read
    org.action.{delete,read,write} org.{create,delete,read,write} org.feature.{delete,read,write}
    org.flow.{delete,read,write} org.global.read org.idp.{delete,read,write}
    org.member.{delete,read,write} policy.{delete,read,write} project.app.{delete,read,write}
    project.{create,delete,read,write} project.grant.{delete,read,write}
    project.grant.member.{delete,read,write} project.member.{delete,read,write}
    project.role.{delete,read,write} session.{delete,read,write} user.credential.write
    user.{delete,read,write} user.feature.{delete,read,write} user.global.read
    user.grant.{delete,read,write} user.membership.read user.passkey.write
    userschema.{delete,read,write}`,
  IAM_OWNER_VIEWER: `
    action.execution.read action.target.read events.read group.read group.user.read iam.action.read
    iam.debug.read iam.feature.read iam.flow.read iam.idp.read iam.member.read iam.policy.read iam.read
    iam.restrictions.read iam.web_key.read milestones.read org.action.read org.feature.read
    org.flow.read org.idp.read org.member.read org.read policy.read project.app.read
    project.grant.member.read project.grant.read project.member.read project.read project.role.read
    session.read user.feature.read user.global.read user.grant.read user.membership.read user.read
    userschema.read`,
  IAM_ORG_MANAGER: `
    group.{create,delete,read,write} group.user.{delete,read,write} org.action.{delete,read,write}
    org.{create,delete,read,write} org.feature.{delete,read,write} org.flow.{delete,read,write}
    org.global.read org.idp.{delete,read,write} org.member.{delete,read,write}
    policy.{delete,read,write} project.app.{delete,read,write} project.{create,delete,read,write}
    project.grant.{delete,read,write} project.grant.member.{delete,read,write}
    project.member.{delete,read,write} project.role.{delete,read,write} session.{delete,read}
    user.credential.write user.{delete,read,write} user.feature.{delete,read,write} user.global.read
    user.grant.{delete,read,write} user.membership.read user.passkey.write`,
  IAM_USER_MANAGER: `
    group.read group.user.read org.global.read org.member.{delete,read} org.read project.app.read
    project.grant.{delete,read,write} project.grant.member.read project.member.read project.read
    project.role.read session.{delete,read} user.{delete,read,write} user.feature.{delete,read,write}
    user.global.read user.grant.{delete,read,write} user.membership.read user.passkey.write`,
  IAM_ADMIN_IMPERSONATOR: `admin.impersonation impersonation`,
  IAM_END_USER_IMPERSONATOR: `impersonation`,
  ORG_OWNER: `
    group.{create,delete,read,write} group.user.{delete,read,write} org.action.{delete,read,write}
    org.{delete,read,write} org.feature.{delete,read,write} org.flow.{delete,read,write} org.global.read
    org.idp.{delete,read,write} org.member.{delete,read,write} policy.{delete,read,write}
    project.app.{read,write} project.{create,delete,read,write} project.grant.{delete,read,write}
    project.grant.member.{delete,read,write} project.member.{delete,read,write}
    project.role.{delete,read,write} session.{delete,read} user.credential.write
    user.{delete,read,write} user.feature.{delete,read,write} user.global.read
    user.grant.{delete,read,write} user.membership.read user.passkey.write`,
  IAM_LOGIN_CLIENT: `
    group.read group.user.read iam.feature.read iam.idp.read iam.member.{read,write} iam.policy.read
    iam.read iam.restrictions.read org.feature.read org.idp.read org.member.{read,write} org.read
    policy.read project.app.read project.grant.member.{read,write} project.grant.read
    project.member.{read,write} project.read project.role.read session.{delete,link,read,write}
    user.credential.write user.feature.read user.grant.{read,write} user.membership.read
    user.passkey.write user.{read,write} userschema.read`,
  ORG_USER_MANAGER: `
    group.read group.user.read org.read policy.read project.read project.role.read session.{delete,read}
    user.{delete,read,write} user.feature.{delete,read,write} user.global.read
    user.grant.{delete,read,write} user.membership.read`,
  ORG_OWNER_VIEWER: `
    group.read group.user.read org.action.read org.feature.read org.flow.read org.idp.read
    org.member.read org.read policy.read project.app.read project.grant.member.read project.grant.read
    project.grant.user.grant.read project.member.read project.read project.role.read user.feature.read
    user.global.read user.grant.read user.membership.read user.read`,
  ORG_SETTINGS_MANAGER: `
    org.feature.{delete,read,write} org.idp.{delete,read,write} org.member.read org.{read,write}
    policy.{delete,read,write}`,
  ORG_USER_PERMISSION_EDITOR: `
    group.read group.user.read org.member.read org.read policy.read project.app.read
    project.grant.member.read project.grant.read project.member.read project.read project.role.read
    user.global.read user.grant.{delete,read,write} user.read`,
  ORG_PROJECT_PERMISSION_EDITOR: `
    org.member.read org.read policy.read project.app.read project.grant.{delete,read,write}
    project.grant.member.read project.member.read project.read project.role.read user.global.read
    user.grant.{delete,read,write} user.read`,
  ORG_PROJECT_CREATOR: `policy.read project.{create,read:self} user.global.read`,
  ORG_ADMIN_IMPERSONATOR: `admin.impersonation impersonation`,
  ORG_END_USER_IMPERSONATOR: `impersonation`,
  PROJECT_OWNER: `
    org.global.read policy.read project.app.{delete,read,write} project.{delete,read,write}
    project.grant.{delete,read,write} project.grant.member.{delete,read,write}
    project.member.{delete,read,write} project.role.{delete,read,write} user.global.read
    user.grant.{delete,read,write} user.membership.read user.read`,
  PROJECT_OWNER_VIEWER: `
    policy.read project.app.read project.grant.member.read project.grant.read project.member.read
    project.read project.role.read user.global.read user.grant.read user.membership.read user.read`,
  SELF_MANAGEMENT_GLOBAL: `org.create policy.read user.self.delete`,
  ORG_USER_SELF_MANAGER: `policy.read user.self.delete`,
  PROJECT_OWNER_GLOBAL: `
    org.global.read policy.read project.app.{delete,read,write} project.{delete,read,write}
    project.member.{delete,read,write} project.role.{delete,read,write} user.global.read
    user.grant.{delete,read,write} user.membership.read`,
  PROJECT_OWNER_VIEWER_GLOBAL: `
    policy.read project.app.read project.grant.member.read project.grant.read project.member.read
    project.read project.role.read user.global.read user.grant.read user.membership.read`,
  PROJECT_GRANT_OWNER: `
    org.global.read policy.read project.grant.member.{delete,read,write} project.grant.read project.read
    user.global.read user.grant.{delete,read,write} user.membership.read user.read`,
  PROJECT_GRANT_OWNER_VIEWER: `
    policy.read project.grant.member.read project.grant.read project.read user.global.read
    user.grant.read user.membership.read user.read`,
} as const satisfies Readonly<Record<string, string>>;

/** An administrator role of the instance (`IAM_`), an organization, a project or a project grant. */
export type Role = keyof typeof ROLES;

/** All roles with their permissions. */
export const rolePermissions: ReadonlyMap<Role, ReadonlySet<string>> = new Map(
  Object.entries(ROLES).map(([role, text]) => [role as Role, new Set(parse(text))]),
);

/** Whether a role has a permission; roles that are not Zitadel's defaults have none. */
export function permits(role: string, permission: string): boolean {
  return isRole(role) && (rolePermissions.get(role)?.has(permission) ?? false);
}

/** Whether Zitadel has a default role with this name. */
export function isRole(role: string): role is Role {
  return Object.hasOwn(ROLES, role);
}

function parse(text: string): string[] {
  return text
    .trim()
    .split(/\s+/)
    .flatMap((word) => {
      const [prefix = "", names] = word.split(/[{}]/);
      return names === undefined ? [word] : names.split(",").map((name) => prefix + name);
    });
}
