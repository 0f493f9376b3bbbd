import type { DescMethod } from "@bufbuild/protobuf";
import { declaredPermission } from "./declared-permission.ts";

/**
 * The permission that an RPC needs, from its descriptor, else from {@link CHECKED_WITHIN}. If there are several, the
 * request determines which one is needed. If there are none, any user may call it, or the permission is not documented.
 */
export function requiredPermissions(method: DescMethod): readonly string[] {
  const declared = declaredPermission(method);
  if (declared !== undefined) return [declared.permission];
  const service = CHECKED_WITHIN[method.parent.typeName.replace(/\.v\d\w*\./, ".")];
  return Object.entries(service ?? {})
    .filter(([, methods]) => methods.split(/\s+/).includes(method.name))
    .flatMap(([permissions]) => permissions.split(" "));
}

/**
 * RPCs whose descriptors only say "authenticated", since the server checks the permission after finding the object: by
 * service (without its version), permission and method. From the documentation of the RPCs in Zitadel's .proto files
 * ("Required permission"); for users, and where the documentation names a permission that no role has, from the checks
 * in Zitadel 4.13 (internal/command, internal/query). A user's own objects usually need no permission.
 */
const CHECKED_WITHIN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "zitadel.user.UserService": {
    "user.read":
      "GetUserByID ListUsers ListIDPLinks ListPasskeys ListAuthenticationMethodTypes ListAuthenticationFactors " +
      "ListKeys ListPersonalAccessTokens ListUserMetadata",
    "user.write":
      "CreateUser UpdateUser UpdateHumanUser SetEmail ResendEmailCode SendEmailCode SetPhone RemovePhone " +
      "ResendPhoneCode DeactivateUser ReactivateUser LockUser UnlockUser SetPassword PasswordReset " +
      "CreateInviteCode ResendInviteCode AddIDPLink RemoveIDPLink RemovePasskey RemoveU2F RemoveTOTP " +
      "RemoveOTPSMS RemoveOTPEmail AddSecret RemoveSecret AddKey RemoveKey AddPersonalAccessToken " +
      "RemovePersonalAccessToken HumanMFAInitSkipped SetUserMetadata DeleteUserMetadata",
    "user.delete": "DeleteUser",
    "user.credential.write":
      "RegisterPasskey RegisterU2F RegisterTOTP VerifyTOTPRegistration AddOTPSMS AddOTPEmail " +
      "GenerateRecoveryCodes RemoveRecoveryCodes",
  },
  "zitadel.org.OrganizationService": {
    "org.create": "AddOrganization CreateOrganization",
    "org.delete": "DeleteOrganization",
    "org.read": "ListOrganizations ListOrganizationMetadata ListOrganizationDomains",
    "org.write":
      "UpdateOrganization SetOrganizationMetadata DeleteOrganizationMetadata AddOrganizationDomain " +
      "DeleteOrganizationDomain GenerateOrganizationDomainValidation VerifyOrganizationDomain " +
      "DeactivateOrganization ActivateOrganization",
  },
  "zitadel.project.ProjectService": {
    "project.read": "GetProject ListProjects",
    "project.create": "CreateProject",
    "project.write": "UpdateProject DeactivateProject ActivateProject",
    "project.delete": "DeleteProject",
    "project.role.read": "ListProjectRoles",
    "project.role.write": "AddProjectRole UpdateProjectRole RemoveProjectRole",
    "project.grant.read": "ListProjectGrants",
    "project.grant.write":
      "CreateProjectGrant UpdateProjectGrant DeactivateProjectGrant ActivateProjectGrant",
    "project.grant.delete": "DeleteProjectGrant",
  },
  "zitadel.app.AppService": {
    "project.app.read": "GetApplication ListApplications GetApplicationKey ListApplicationKeys",
    "project.app.write":
      "CreateApplication UpdateApplication DeactivateApplication ReactivateApplication RegenerateClientSecret " +
      "CreateApplicationKey DeleteApplicationKey",
    "project.app.delete": "DeleteApplication",
  },
  "zitadel.application.ApplicationService": {
    "project.app.read": "GetApplication ListApplications GetApplicationKey ListApplicationKeys",
    "project.app.write":
      "CreateApplication UpdateApplication DeactivateApplication ReactivateApplication GenerateClientSecret " +
      "CreateApplicationKey DeleteApplicationKey",
    "project.app.delete": "DeleteApplication",
  },
  "zitadel.authorization.AuthorizationService": {
    "user.grant.read": "ListAuthorizations",
    "user.grant.write":
      "CreateAuthorization UpdateAuthorization ActivateAuthorization DeactivateAuthorization",
    "user.grant.delete": "DeleteAuthorization",
  },
  "zitadel.internal_permission.InternalPermissionService": {
    "iam.member.read org.member.read project.member.read project.grant.member.read": "ListAdministrators",
    "iam.member.write org.member.write project.member.write project.grant.member.write":
      "CreateAdministrator UpdateAdministrator",
    "iam.member.delete org.member.delete project.member.delete project.grant.member.delete":
      "DeleteAdministrator",
  },
  "zitadel.group.GroupService": {
    "group.read": "GetGroup ListGroups",
    "group.create": "CreateGroup",
    "group.write": "UpdateGroup",
    "group.delete": "DeleteGroup",
    "group.user.read": "ListGroupUsers",
    "group.user.write": "AddUsersToGroup",
    "group.user.delete": "RemoveUsersFromGroup",
  },
  "zitadel.instance.InstanceService": {
    "iam.read": "GetInstance ListCustomDomains ListTrustedDomains",
    "iam.write": "UpdateInstance AddTrustedDomain RemoveTrustedDomain",
  },
  "zitadel.settings.SettingsService": {
    "policy.read": "ListOrganizationSettings",
    "iam.policy.write": "SetOrganizationSettings",
    "iam.policy.delete": "DeleteOrganizationSettings",
  },
  "zitadel.session.SessionService": {
    "session.read": "ListSessions GetSession",
    "session.write": "CreateSession SetSession",
    "session.delete": "DeleteSession",
  },
  "zitadel.oidc.OIDCService": {
    "session.read": "GetAuthRequest GetDeviceAuthorizationRequest",
    "session.link": "CreateCallback AuthorizeOrDenyDeviceAuthorization",
  },
  "zitadel.saml.SAMLService": { "session.read": "GetSAMLRequest", "session.link": "CreateResponse" },
  "zitadel.feature.FeatureService": {
    "org.feature.read": "GetOrganizationFeatures",
    "user.feature.read": "GetUserFeatures",
  },
  "zitadel.idp.IdentityProviderService": { "iam.idp.read org.idp.read": "GetIDPByID" },
};
