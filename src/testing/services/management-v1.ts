import { Code } from "@connectrpc/connect";
import type { ManagementService } from "../../../gen/zitadel/management_pb.js";
import type { CallContext, Handlers } from "../handlers.ts";
import { providerNotFound } from "../state/identity-providers.ts";
import { LANGUAGES } from "../state/languages.ts";
import type { Store } from "../state/model/store.ts";
import { loginPolicyV1 } from "./login-policy-v1.ts";
import { policiesManagementV1 } from "./policies-v1.ts";
import { providersV1 } from "./providers-v1.ts";
import { actionsV1 } from "./v1/actions.ts";
import { applicationsV1 } from "./v1/applications.ts";
import { humanFactorsV1 } from "./v1/factors.ts";
import { humansV1 } from "./v1/humans.ts";
import { humanIdpLinksV1 } from "./v1/idp-links.ts";
import { defaultLoginTexts, loginTextsV1 } from "./v1/login-texts.ts";
import { machinesV1 } from "./v1/machines.ts";
import { membersV1 } from "./v1/members.ts";
import { messageTextsManagementV1 } from "./v1/message-texts.ts";
import { metadataV1 } from "./v1/metadata.ts";
import { organizationsV1, readOrganization } from "./v1/organizations.ts";
import { projectGrantsV1 } from "./v1/project-grants.ts";
import { projectsV1 } from "./v1/projects.ts";
import { userGrantsV1 } from "./v1/user-grants.ts";
import { usersV1 } from "./v1/users.ts";
import { listDetailsV1 } from "./views-v1.ts";

/** zitadel.management.v1.ManagementService, which manages one organization. */
export function managementV1(store: Store): Handlers<typeof ManagementService> {
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
    ...providersV1(store, organization),
    ...loginPolicyV1(store, organization),
    ...policiesManagementV1(store, organization),
    ...messageTextsManagementV1(store, organization),
    ...loginTextsV1(store, organization),
    getDefaultLoginTexts: defaultLoginTexts(store, store.instanceId),
    ...usersV1(store),
    ...humansV1(store),
    ...humanFactorsV1(store),
    ...humanIdpLinksV1(store),
    ...machinesV1(store),
    ...metadataV1(store),
    ...organizationsV1(store),
    ...membersV1(store),
    ...projectsV1(store),
    ...projectGrantsV1(store),
    ...applicationsV1(store),
    ...userGrantsV1(store),
    ...actionsV1(store),
    // The oldest kind of identity providers. No RPC adds them.
    listOrgIDPs: () => ({ details: listDetailsV1(store, { items: [], total: 0n, limit: 0 }) }),
    getOrgIDPByID: () => {
      throw providerNotFound(Code.NotFound, "QUERY-rhR2o");
    },
  };
}
