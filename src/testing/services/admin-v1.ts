import { Code } from "@connectrpc/connect";
import type { AdminService } from "../../../gen/zitadel/admin_pb.js";
import { OrgFieldName } from "../../../gen/zitadel/org_pb.js";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import type { Organization } from "../state/model/organization.ts";
import type { Store } from "../state/model/store.ts";
import { removeOrganization } from "../state/organizations.ts";
import { changeDetailsV1 } from "./details.ts";
import { findEvents } from "./events-v1.ts";
import { instanceSettingsV1 } from "./instance-settings-v1.ts";
import { pageOf } from "./lists.ts";
import { loginPolicyV1 } from "./login-policy-v1.ts";
import { iamMemberHandlersV1 } from "./members-v1.ts";
import { findOrganizations } from "./organization-queries.ts";
import { policiesAdminV1 } from "./policies-v1.ts";
import { providersV1 } from "./providers-v1.ts";
import { listDetailsV1, orgViewV1 } from "./views-v1.ts";

/** zitadel.admin.v1.AdminService: the view of the instance. */
export function adminV1(store: Store): Handlers<typeof AdminService> {
  const instance = () => store.instance;
  return {
    ...providersV1(store, instance),
    ...loginPolicyV1(store, instance),
    ...iamMemberHandlersV1(store),
    ...policiesAdminV1(store),
    ...instanceSettingsV1(store),
    healthz: () => ({}),
    getDefaultOrg: () => ({ org: orgViewV1(find(store, store.defaultOrganizationId)) }),
    getOrgByID: ({ id }) => ({ org: orgViewV1(find(store, id)) }),
    listOrgs: ({ query, queries, sortingColumn }) => {
      const byName = sortingColumn === OrgFieldName.NAME;
      const page = pageOf(findOrganizations(store, queries), query, (one) => (byName ? one.name : one.id));
      return { details: listDetailsV1(store, page), sortingColumn, result: page.items.map(orgViewV1) };
    },
    listEvents: (request) => ({ events: findEvents(store, request) }),
    removeOrg: ({ orgId }) => {
      const organization = find(store, orgId);
      removeOrganization(store, organization);
      return { details: changeDetailsV1(organization) };
    },
  };
}

function find(store: Store, id: string): Organization {
  const organization = store.organizations.get(id);
  if (organization === undefined) throw zitadelError(Code.NotFound, "QUERY-iTTGJ", "Organisation not found");
  return organization;
}
