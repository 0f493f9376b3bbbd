import type { ManagementService } from "../../../gen/zitadel/management_pb.js";
import type { CallContext, Handlers } from "../handlers.ts";
import { LANGUAGES } from "../state/languages.ts";
import type { Store } from "../state/model/store.ts";
import { createLoginPolicyV1 } from "./login-policy-v1.ts";
import { createPoliciesManagementV1 } from "./policies-v1.ts";
import { createProvidersV1 } from "./providers-v1.ts";
import { createActionsV1 } from "./v1/actions.ts";
import { createApplicationsV1 } from "./v1/applications.ts";
import { createHumanFactorsV1 } from "./v1/factors.ts";
import { createHumansV1 } from "./v1/humans.ts";
import { createHumanIdpLinksV1 } from "./v1/idp-links.ts";
import { createDefaultLoginTexts, createLoginTextsV1 } from "./v1/login-texts.ts";
import { createMachinesV1 } from "./v1/machines.ts";
import { createMembersV1 } from "./v1/members.ts";
import { createMessageTextsManagementV1 } from "./v1/message-texts.ts";
import { createMetadataV1 } from "./v1/metadata.ts";
import { createOldProvidersManagementV1 } from "./v1/old-providers.ts";
import { createOrganizationsV1, readOrganization } from "./v1/organizations.ts";
import { createProjectGrantsV1 } from "./v1/project-grants.ts";
import { createProjectsV1 } from "./v1/projects.ts";
import { createUserGrantsV1 } from "./v1/user-grants.ts";
import { createUsersV1 } from "./v1/users.ts";

/** zitadel.management.v1.ManagementService, which manages one organization. */
export function createManagementV1(store: Store): Handlers<typeof ManagementService> {
  const organization = ({ organizationId }: CallContext) => readOrganization(store, organizationId);
  return {
    healthz: () => ({}),
    getSupportedLanguages: () => ({ languages: LANGUAGES }),
    getOIDCInformation: (_, { origin: issuer }) => ({
      issuer,
      discoveryEndpoint: `${issuer}/.well-known/openid-configuration`,
    }),
    getIAM: () => ({
      globalOrgId: store.defaultOrganizationId,
      defaultOrgId: store.defaultOrganizationId,
      iamProjectId: store.apiProjectId,
    }),
    ...createProvidersV1(store, organization),
    ...createLoginPolicyV1(store, organization),
    ...createPoliciesManagementV1(store, organization),
    ...createMessageTextsManagementV1(store, organization),
    ...createLoginTextsV1(store, organization),
    getDefaultLoginTexts: createDefaultLoginTexts(store, store.instanceId),
    ...createUsersV1(store),
    ...createHumansV1(store),
    ...createHumanFactorsV1(store),
    ...createHumanIdpLinksV1(store),
    ...createMachinesV1(store),
    ...createMetadataV1(store),
    ...createOrganizationsV1(store),
    ...createMembersV1(store),
    ...createProjectsV1(store),
    ...createProjectGrantsV1(store),
    ...createApplicationsV1(store),
    ...createUserGrantsV1(store),
    ...createActionsV1(store),
    ...createOldProvidersManagementV1(store, organization),
  };
}
