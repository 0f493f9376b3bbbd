import assert from "node:assert/strict";
import { it } from "node:test";
import { flowNames, readExceptions, readFlow, type Step } from "./replay/recording.ts";

/**
 * The RPCs that public back ends call most, by their services: counted in public programs that provision and sign in with
 * Zitadel, without those that set up an instance once.
 */
const MOST_USED: Readonly<Record<string, string>> = {
  "user.v2.UserService": `CreateUser AddHumanUser UpdateUser UpdateHumanUser GetUserByID ListUsers DeleteUser
    DeactivateUser ReactivateUser SetPassword PasswordReset CreateInviteCode SetEmail AddPersonalAccessToken AddSecret
    AddKey StartIdentityProviderIntent RetrieveIdentityProviderIntent AddIDPLink SetUserMetadata ListUserMetadata`,
  "management.v1.ManagementService": `AddHumanUser ImportHumanUser AddMachineUser ListUsers IsUserUnique AddUserGrant
    ListUserGrants AddPersonalAccessToken AddMachineKey AddProject ListProjects AddProjectRole AddProjectGrant AddOIDCApp
    ListApps GetMyOrg AddOrg AddOrgMember`,
  "session.v2.SessionService": "CreateSession GetSession SetSession DeleteSession",
  "project.v2beta.ProjectService": "CreateProject ListProjects AddProjectRole ListProjectRoles",
  "app.v2beta.AppService": "CreateApplication ListApplications",
  "authorization.v2beta.AuthorizationService": "CreateAuthorization ListAuthorizations",
  "org.v2.OrganizationService": "AddOrganization ListOrganizations",
  "org.v2beta.OrganizationService": "DeleteOrganization",
  "oidc.v2.OIDCService": "GetAuthRequest CreateCallback",
  "action.v2beta.ActionService": "CreateTarget SetExecution",
  "admin.v1.AdminService": "ListOrgs",
  "auth.v1.AuthService": "GetMyUser",
};

const mostUsed = Object.entries(MOST_USED).flatMap(([service, names]) =>
  names.split(/\s+/).map((name) => `zitadel.${service}/${name}`),
);

/** This one needs an identity provider to succeed: idp-intents.test.ts has one. */
const PLAYED_ELSEWHERE = "zitadel.user.v2.UserService/RetrieveIdentityProviderIntent";

it("each of the most used RPCs is covered by recordings of a success and of a refusal", () => {
  assert.equal(new Set(mostUsed).size, 60);
  const exceptions = readExceptions();
  const steps = flowNames().flatMap((flow) =>
    readFlow(flow).filter(({ name }) => !exceptions.has(`${flow}/${name}`)),
  );
  const lacking = mostUsed.filter((rpc) => {
    const calls = steps.filter((step) => step.rpc === rpc);
    const isPlayed = rpc === PLAYED_ELSEWHERE || calls.some(succeeds);
    return !isPlayed || calls.every((step) => succeeds(step) && step.caller === "admin");
  });
  assert.deepEqual(lacking, []);
});

function succeeds({ protocol, status }: Step): boolean {
  return status === (protocol === "grpc" ? 0 : 200);
}
