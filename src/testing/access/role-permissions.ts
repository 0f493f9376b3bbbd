/**
 * What the roles of administrators permit, as the default configuration of Zitadel has it (`InternalAuthZ` in
 * cmd/defaults.yaml of v4): `project.{read,write}` stands for `project.read` and `project.write`. Permissions that the
 * emulator never asks for are left out.
 */
const ROLES: Readonly<Record<string, string>> = {
  IAM_OWNER: "*",
  IAM_OWNER_VIEWER: `iam.read iam.{policy,member,idp,action,flow,restrictions,feature,web_key,debug}.read org.read
    org.{member,idp,action,flow,feature}.read user.read user.{global,grant,membership,feature}.read policy.read project.read
    project.{member,role,app,grant}.read project.grant.member.read events.read milestones.read action.{target,execution}.read
    userschema.read session.read`,
  IAM_ORG_MANAGER: `org.create org.global.read project.app.delete {organization}`,
  IAM_USER_MANAGER: `org.read org.global.read org.member.{read,delete} user.{read,write,delete} user.global.read
    user.grant.{read,write,delete} user.membership.read user.passkey.write user.feature.{read,write,delete} project.read
    project.{member,role,app}.read project.grant.{read,write,delete} project.grant.member.read session.{read,delete}`,
  IAM_LOGIN_CLIENT: `iam.read iam.{policy,idp,feature,restrictions}.read iam.member.{read,write} org.read org.member.{read,write}
    org.{idp,feature}.read user.{read,write} user.grant.{read,write} user.membership.read user.{credential,passkey}.write
    user.feature.read policy.read project.read project.member.{read,write} project.{role,app,grant}.read
    project.grant.member.{read,write} session.{read,write,link,delete} userschema.read`,
  IAM_ADMIN_IMPERSONATOR: "admin.impersonation impersonation",
  IAM_END_USER_IMPERSONATOR: "impersonation",
  ORG_OWNER: "org.global.read {organization}",
  ORG_OWNER_VIEWER: `org.read org.{member,idp,action,flow,feature}.read user.read user.{global,grant,membership,feature}.read
    policy.read project.read project.{member,role,app,grant}.read project.grant.member.read`,
  ORG_USER_MANAGER: `org.read user.{read,write,delete} user.global.read user.grant.{read,write,delete} user.membership.read
    user.feature.{read,write,delete} policy.read project.read project.role.read session.{read,delete}`,
  ORG_SETTINGS_MANAGER: `org.{read,write} org.member.read org.{idp,feature}.{read,write,delete} policy.{read,write,delete}`,
  ORG_USER_PERMISSION_EDITOR: `org.read org.member.read user.read user.global.read user.grant.{read,write,delete} policy.read
    project.read project.{member,role,app,grant}.read project.grant.member.read`,
  ORG_PROJECT_PERMISSION_EDITOR: `org.read org.member.read user.read user.global.read user.grant.{read,write,delete} policy.read
    project.read project.{member,role,app}.read project.grant.{read,write,delete} project.grant.member.read`,
  ORG_PROJECT_CREATOR: "user.global.read policy.read project.{read,create}",
  ORG_ADMIN_IMPERSONATOR: "admin.impersonation impersonation",
  ORG_END_USER_IMPERSONATOR: "impersonation",
  PROJECT_OWNER: `org.global.read policy.read project.{read,write,delete} project.{member,role,app,grant}.{read,write,delete}
    project.grant.member.{read,write,delete} user.read user.global.read user.grant.{read,write,delete} user.membership.read`,
  PROJECT_OWNER_VIEWER: `policy.read project.read project.{member,role,app,grant}.read project.grant.member.read user.read
    user.{global,grant,membership}.read`,
  PROJECT_OWNER_GLOBAL: `org.global.read policy.read project.{read,write,delete} project.{member,role,app}.{read,write,delete}
    user.global.read user.grant.{read,write,delete} user.membership.read`,
  PROJECT_OWNER_VIEWER_GLOBAL: `policy.read project.read project.{member,role,app,grant}.read project.grant.member.read
    user.{global,grant,membership}.read`,
  PROJECT_GRANT_OWNER: `policy.read org.global.read project.read project.grant.read project.grant.member.{read,write,delete}
    user.read user.global.read user.grant.{read,write,delete} user.membership.read`,
  PROJECT_GRANT_OWNER_VIEWER: `policy.read project.read project.grant.read project.grant.member.read user.read
    user.{global,grant,membership}.read`,
  ORG_USER_SELF_MANAGER: "policy.read user.self.delete",
  SELF_MANAGEMENT_GLOBAL: "org.create policy.read user.self.delete",
};

/** What is permitted in an organization to those who may do all of it. */
const ORGANIZATION = `org.{read,write,delete} org.{member,idp,action,flow,feature}.{read,write,delete}
  user.{read,write,delete} user.global.read user.grant.{read,write,delete} user.membership.read
  user.{credential,passkey}.write user.feature.{read,write,delete} policy.{read,write,delete}
  project.{read,create,write,delete} project.{member,role,grant}.{read,write,delete} project.app.{read,write}
  project.grant.member.{read,write,delete} session.{read,delete}`;

const expanded = new Map<string, ReadonlySet<string>>();

/** Whether a role permits something. An unknown role permits nothing. */
export function permits(role: string, permission: string): boolean {
  const text = ROLES[role];
  if (text === undefined) return false;
  // What is not about an instance, an organization and their like is about the server.
  if (text === "*") return !permission.startsWith("system.");
  const permissions = expanded.get(role) ?? new Set(expand(text.replace("{organization}", ORGANIZATION)));
  expanded.set(role, permissions);
  return permissions.has(permission);
}

/** Whether there is such a role. */
export function isRole(role: string): boolean {
  return ROLES[role] !== undefined;
}

function expand(text: string): string[] {
  return text.split(/\s+/).flatMap(alternatives);
}

function alternatives(pattern: string): string[] {
  const [, before = "", inner, after = ""] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(pattern) ?? [];
  if (inner === undefined) return [pattern];
  return inner.split(",").flatMap((one) => alternatives(`${before}${one}${after}`));
}
