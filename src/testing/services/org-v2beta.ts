import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { OrgFieldName } from "../../../gen/zitadel/org/v2beta/org_pb.js";
import type {
  CreateOrganizationRequest_Admin,
  OrganizationService,
} from "../../../gen/zitadel/org/v2beta/org_service_pb.js";
import type { Handlers } from "../handlers.ts";
import type { CreatedHuman } from "../state/humans.ts";
import type { Organization } from "../state/model/organization.ts";
import type { Store } from "../state/model/store.ts";
import { setUpOrganization } from "../state/organizations.ts";
import { toLimitedPage } from "./lists.ts";
import { findOrganizations, type OrganizationQuery } from "./organization-queries.ts";
import {
  createPartHandlers,
  findDomains,
  findMetadataPage,
  remove,
  setState,
  toAdmin,
  toMetadataView,
  toRequestedPagination,
  update,
} from "./organizations.ts";
import { STATE_NUMBER } from "./project-queries.ts";

/** zitadel.org.v2beta.OrganizationService */
export function createOrgV2beta(store: Store): Handlers<typeof OrganizationService> {
  return {
    ...createPartHandlers(store),
    createOrganization: ({ id, name, admins }) => {
      const { organization, created } = setUpOrganization(
        store,
        { name, id },
        admins.map((admin) => toAdmin(admin, "ORGv2-SL2r8")),
      );
      const organizationAdmins = created.map((one, index) => ({
        OrganizationAdmin: toAdminView(one, admins[index]),
      }));
      const creationDate = timestampFromMs(organization.createdAt);
      return { id: organization.id, creationDate, organizationAdmins };
    },
    updateOrganization: ({ id, name }) => update(store, id, name),
    deleteOrganization: ({ id }) => remove(store, id),
    activateOrganization: ({ id }) => setState(store, id, "active"),
    deactivateOrganization: ({ id }) => setState(store, id, "inactive"),
    listOrganizations: ({ pagination: request, sortingColumn, filter }) => {
      const byName = sortingColumn === OrgFieldName.NAME;
      const queries = filter.map((one) => toQuery(one.filter));
      const found = findOrganizations(store, queries);
      const page = toLimitedPage(found, request, (one) => (byName ? one.name : one.id));
      return { pagination: toRequestedPagination(page, request), organizations: page.items.map(toView) };
    },
    listOrganizationMetadata: ({ organizationId, pagination: request, filter }) => {
      const filters = filter.map(({ query }) => query.value);
      const page = findMetadataPage(store.organizations.get(organizationId), request, filters);
      return { pagination: toRequestedPagination(page, request), metadata: page.items.map(toMetadataView) };
    },
    listOrganizationDomains: ({ organizationId, pagination: request, filters }) => {
      const names = filters.map(
        ({ filter }) => filter.value && { domain: filter.value.name, method: filter.value.method },
      );
      const found = findDomains(store.organizations.get(organizationId), names);
      const inOrder = { offset: 0n, limit: 0, ...request, asc: true };
      const page = toLimitedPage(found, inOrder, ({ name }) => name);
      const domains = page.items.map((one) => ({
        organizationId,
        domainName: one.name,
        isVerified: one.verified,
        isPrimary: one.primary,
        validationType: one.validationType,
      }));
      return { pagination: toRequestedPagination(page, request), domains };
    },
  };
}

function toAdminView(created: CreatedHuman | undefined, admin: CreateOrganizationRequest_Admin | undefined) {
  if (created !== undefined) {
    return { case: "createdAdmin", value: { userId: created.user.id, ...created.codes } } as const;
  }
  const userId = admin?.userType.case === "userId" ? admin.userType.value : "";
  return { case: "assignedAdmin", value: { userId } } as const;
}

type Filter =
  | { case: "nameFilter"; value: { name: string; method: number } }
  | { case: "domainFilter"; value: { domain: string; method: number } }
  | { case: "stateFilter"; value: { state: number } }
  | { case: "idFilter"; value: { id: string } }
  | { case: undefined; value?: undefined };

/** Converts a filter of v2beta to a query of the other versions. */
function toQuery(filter: Filter): OrganizationQuery {
  switch (filter.case) {
    case "nameFilter":
      return { query: { case: "nameQuery", value: filter.value } };
    case "domainFilter":
      return { query: { case: "domainQuery", value: filter.value } };
    case "stateFilter":
      return { query: { case: "stateQuery", value: filter.value } };
    case "idFilter":
      return { query: { case: "idQuery", value: filter.value } };
    default:
      return { query: { case: undefined } };
  }
}

function toView(organization: Organization): {
  id: string;
  creationDate: Timestamp;
  changedDate: Timestamp;
  state: number;
  name: string;
  primaryDomain: string;
} {
  const { id, createdAt, changedAt, state, name, primaryDomain } = organization;
  return {
    id,
    creationDate: timestampFromMs(createdAt),
    changedDate: timestampFromMs(changedAt),
    state: STATE_NUMBER[state],
    name,
    primaryDomain,
  };
}
