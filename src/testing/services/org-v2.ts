import type {
  AddOrganizationRequest,
  OrganizationService,
} from "../../../gen/zitadel/org/v2/org_service_pb.js";
import { isOrganizationVisible } from "../access/visibility.ts";
import type { Handlers } from "../handlers.ts";
import type { Organization } from "../state/model/organization.ts";
import type { Store } from "../state/model/store.ts";
import { setUpOrganization } from "../state/organizations.ts";
import { toChangeDetails, toObjectDetails } from "./details.ts";
import { type PageRequest, toLimitedPage, toListDetails, toPage } from "./lists.ts";
import type { TextFilter } from "./matching.ts";
import type { NewerHandlers } from "./newer.ts";
import { findOrganizations } from "./organization-queries.ts";
import {
  createPartHandlers,
  findDomains,
  findMetadataPage,
  findReadable,
  type NamedDomain,
  remove,
  setState,
  toAdmin,
  toMetadataView,
  toRequestedPagination,
  update,
} from "./organizations.ts";
import { STATE_NUMBER } from "./project-queries.ts";

/** zitadel.org.v2.OrganizationService. The pinned API has two of its RPCs. */
export function createOrgV2(store: Store) {
  return { ...createPinnedHandlers(store), ...createNewerHandlers(store) };
}

function createPinnedHandlers(store: Store): Handlers<typeof OrganizationService> {
  return {
    // Newer versions name the field `organizationId`.
    addOrganization: (request: AddOrganizationRequest & { organizationId?: string }) => {
      const { name, orgId, organizationId = orgId } = request;
      const admins = request.admins.map((admin) => toAdmin(admin, "ORGv2-SD2r1"));
      const { organization, created } = setUpOrganization(store, { name, id: organizationId }, admins);
      const createdAdmins = created.flatMap((one) =>
        one === undefined ? [] : [{ userId: one.user.id, ...one.codes }],
      );
      return { details: toChangeDetails(organization), organizationId: organization.id, createdAdmins };
    },
    listOrganizations: ({ query, queries, sortingColumn }, { caller }) => {
      const sortKey = SORT_KEYS[sortingColumn] ?? (({ id }) => id);
      const page = toPage(findOrganizations(store, queries), query, sortKey);
      const visible = page.items.filter((one) => isOrganizationVisible(store, caller, one));
      const result = visible.map((one) => ({
        id: one.id,
        details: toObjectDetails(one),
        state: STATE_NUMBER[one.state],
        name: one.name,
        primaryDomain: one.primaryDomain,
      }));
      return { details: toListDetails(store, page), result };
    },
  };
}

/** By sorting column: unspecified, name, creation date. */
const SORT_KEYS: readonly (((one: Organization) => string | number) | undefined)[] = [
  undefined,
  ({ name }) => name,
  ({ createdAt }) => createdAt,
];

interface ListRequest<Filter> {
  readonly organizationId: string;
  readonly pagination?: PageRequest;
  readonly filters: readonly Filter[];
}

interface KeyFilter {
  readonly filter: { case: "keyFilter"; value: { key: string } & TextFilter } | { case: undefined };
}

interface DomainFilter {
  readonly filter: { case: "domainFilter"; value: { domain: string } & TextFilter } | { case: undefined };
}

function createNewerHandlers(store: Store): NewerHandlers {
  return {
    ...createPartHandlers(store),
    updateOrganization: ({ organizationId, name }: { organizationId: string; name: string }) =>
      update(store, organizationId, name),
    deleteOrganization: ({ organizationId }: { organizationId: string }) => remove(store, organizationId),
    activateOrganization: ({ organizationId }: { organizationId: string }) =>
      setState(store, organizationId, "active"),
    deactivateOrganization: ({ organizationId }: { organizationId: string }) =>
      setState(store, organizationId, "inactive"),
    listOrganizationMetadata: (request: ListRequest<KeyFilter>, context) => {
      const organization = findReadable(store, context, request.organizationId);
      const filters = request.filters.map(({ filter }) =>
        filter.case === undefined ? undefined : filter.value,
      );
      const page = findMetadataPage(organization, request.pagination, filters);
      return {
        pagination: toRequestedPagination(page, request.pagination),
        metadata: page.items.map(toMetadataView),
      };
    },
    listOrganizationDomains: (request: ListRequest<DomainFilter> & { sortingColumn?: number }, context) => {
      const { organizationId, pagination: asked, sortingColumn = 0 } = request;
      const filters = request.filters.map(({ filter }) =>
        filter.case === undefined ? undefined : filter.value,
      );
      const found = findDomains(findReadable(store, context, organizationId), filters);
      const sortKey = DOMAIN_KEYS[sortingColumn] ?? (({ name }: NamedDomain) => name);
      const inOrder = { offset: 0n, limit: 0, ...asked, asc: sortingColumn === 0 || asked?.asc === true };
      const page = toLimitedPage(found, inOrder, sortKey);
      const domains = page.items.map((one) => ({
        organizationId,
        domain: one.name,
        isVerified: one.verified,
        isPrimary: one.primary,
        validationType: one.validationType,
      }));
      return { pagination: toRequestedPagination(page, asked), domains };
    },
  };
}

/** By sorting column: unspecified, name, creation date. */
const DOMAIN_KEYS: readonly (((one: NamedDomain) => string | number) | undefined)[] = [
  undefined,
  ({ name }) => name,
  ({ createdAt }) => createdAt,
];
