import { Code } from "@connectrpc/connect";
import type { AdminService } from "../../../../gen/zitadel/admin_pb.js";
import { OrgFieldName } from "../../../../gen/zitadel/org_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { addAdministrator } from "../../state/administrators.ts";
import { setDefaultOrganization } from "../../state/instance-settings.ts";
import type { Organization } from "../../state/model/organization.ts";
import type { Store } from "../../state/model/store.ts";
import { createOrganization } from "../../state/organizations.ts";
import { newPassword } from "../../state/passwords.ts";
import { checkUsername } from "../../state/users.ts";
import { toAddDetailsV1, toChangeDetailsV1 } from "../details.ts";
import { findOrganizations } from "../organization-queries.ts";
import { toOrgViewV1, toWrittenOrgViewV1 } from "../views-v1.ts";
import { createHumanV1, toPasswordType } from "./humans.ts";
import { toListResponse } from "./lists.ts";
import { readRemovedToo, removeOrg } from "./organizations.ts";

/** The organizations of the instance. */
export function createAdminOrganizationsV1(store: Store): Handlers<typeof AdminService> {
  const read = (id: string) => toWrittenOrgViewV1(store, readRemovedToo(store, id, "QUERY-leq5Q"));
  return {
    getDefaultOrg: () => ({ org: read(store.defaultOrganizationId) }),
    getOrgByID: ({ id }) => ({ org: read(id) }),
    isOrgUnique: ({ name, domain }) => {
      if (name === "" && domain === "") {
        throw zitadelError(Code.InvalidArgument, "QUERY-DGqfd", "Request is invalid");
      }
      const taken = [...store.organizations.values()].some(
        (one) => one.name === name || one.domains.has(domain),
      );
      return { isUnique: !taken };
    },
    listOrgs: (request) => {
      const { queries, sortingColumn } = request;
      const sortKey = ({ name, id }: Organization) => (sortingColumn === OrgFieldName.NAME ? name : id);
      const found = findOrganizations(store, queries);
      return toListResponse(store, request, found, { sortKey, view: toOrgViewV1 });
    },
    setDefaultOrg: ({ orgId }) => {
      setDefaultOrganization(store, orgId);
      return { details: toChangeDetailsV1(store.instance) };
    },
    setUpOrg: ({ org, user, roles }) => {
      if (user.case !== "human" || org === undefined) {
        throw zitadelError(Code.InvalidArgument, "COMM-deLSk", "Organisation is invalid");
      }
      const { value } = user;
      // The settings of the instance apply, since the organization does not have its own yet.
      newPassword(store, value.password, false, { organizationId: "" });
      checkUsername(store, value.userName);
      const organization = createOrganization(store, org.name, undefined);
      const { id: organizationId } = organization;
      const resource = { type: "organization", organizationId } as const;
      const initial = value.email?.isEmailVerified !== true;
      const passwordType = toPasswordType(value.password, false);
      const { id: userId } = createHumanV1(store, organizationId, value, { passwordType, initial });
      addAdministrator(store, userId, resource, roles.length === 0 ? ["ORG_OWNER"] : roles);
      return { details: toAddDetailsV1(organization), orgId: organizationId, userId };
    },
    removeOrg: ({ orgId }) => removeOrg(store, orgId),
  };
}
