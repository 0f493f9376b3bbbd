import type { OrganizationService } from "../../../gen/zitadel/org/v2/org_service_pb.js";
import { OrganizationFieldName } from "../../../gen/zitadel/org/v2/query_pb.js";
import { isOrganizationVisible } from "../access/visibility.ts";
import type { Handlers } from "../handlers.ts";
import { addAdministrator } from "../state/administrators.ts";
import { createHuman } from "../state/humans.ts";
import type { Store } from "../state/model/store.ts";
import { createOrganization } from "../state/organizations.ts";
import { changeDetails, objectDetails } from "./details.ts";
import { listDetails, pageOf } from "./lists.ts";
import { findOrganizations } from "./organization-queries.ts";
import { STATE_NUMBER } from "./project-queries.ts";

const OWNER = ["ORG_OWNER"];

/** zitadel.org.v2.OrganizationService */
export function orgV2(store: Store): Handlers<typeof OrganizationService> {
  return {
    addOrganization: ({ name, orgId, admins }) => {
      const organization = createOrganization(store, name, orgId);
      const createdAdmins = admins.flatMap(({ userType, roles }) => {
        if (userType.case !== "human") return [];
        const { userId: id, username } = userType.value;
        const identity = { id, username, organizationId: organization.id };
        const { user, codes } = createHuman(store, userType.value, identity);
        const resource = { type: "organization", organizationId: organization.id } as const;
        addAdministrator(store, user.id, resource, roles.length > 0 ? roles : OWNER);
        return [{ userId: user.id, ...codes }];
      });
      return { details: changeDetails(organization), organizationId: organization.id, createdAdmins };
    },
    listOrganizations: ({ query, queries, sortingColumn }, { caller }) => {
      const byName = sortingColumn === OrganizationFieldName.NAME;
      const page = pageOf(findOrganizations(store, queries), query, (one) => (byName ? one.name : one.id));
      const visible = page.items.filter((one) => isOrganizationVisible(store, caller, one));
      const result = visible.map((one) => ({
        id: one.id,
        details: objectDetails(one),
        state: STATE_NUMBER[one.state],
        name: one.name,
        primaryDomain: one.primaryDomain,
      }));
      return { details: listDetails(store, page), sortingColumn, result };
    },
  };
}
