import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { OrgFieldName } from "../../../gen/zitadel/org/v2beta/org_pb.js";
import type {
  CreateOrganizationRequest_Admin,
  OrganizationService,
} from "../../../gen/zitadel/org/v2beta/org_service_pb.js";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import { addAdministrator } from "../state/administrators.ts";
import { createHuman } from "../state/humans.ts";
import { deleteMetadata, setMetadata } from "../state/metadata.ts";
import type { State } from "../state/model/aggregate.ts";
import type { Organization } from "../state/model/organization.ts";
import type { Store } from "../state/model/store.ts";
import {
  addOrganizationDomain,
  createOrganization,
  removeOrganization,
  removeOrganizationDomain,
  renameOrganization,
  setOrganizationState,
} from "../state/organizations.ts";
import { NO_TIME } from "./details.ts";
import { limitedPageOf, pagination } from "./lists.ts";
import { textMatches } from "./matching.ts";
import { findOrganizations, type OrganizationQuery } from "./organization-queries.ts";
import { STATE_NUMBER } from "./project-queries.ts";

const OWNER = ["ORG_OWNER"];

/** zitadel.org.v2beta.OrganizationService */
export function orgV2beta(store: Store): Handlers<typeof OrganizationService> {
  return { ...organizationHandlers(store), ...metadataHandlers(store), ...domainHandlers(store) };
}

function organizationHandlers(store: Store): Handlers<typeof OrganizationService> {
  const setState =
    (state: State, unknown: string) =>
    ({ id }: { id: string }) => {
      const organization = find(store, id, unknown);
      setOrganizationState(store, organization, state);
      return { changeDate: timestampFromMs(organization.changedAt) };
    };
  return {
    createOrganization: ({ id, name, admins }) => {
      const organization = createOrganization(store, name, id);
      const organizationAdmins = admins.map((admin) => ({
        OrganizationAdmin: addAdmin(store, organization, admin),
      }));
      return {
        id: organization.id,
        creationDate: timestampFromMs(organization.createdAt),
        organizationAdmins,
      };
    },
    updateOrganization: ({ id, name }) => {
      const organization = find(store, id, "ORG-1MRds");
      renameOrganization(store, organization, name);
      return { changeDate: timestampFromMs(organization.changedAt) };
    },
    listOrganizations: ({ pagination: request, sortingColumn, filter }) => {
      const byName = sortingColumn === OrgFieldName.NAME;
      const queries = filter.map((one) => toQuery(one.filter));
      const found = findOrganizations(store, queries);
      const page = limitedPageOf(found, request, (one) => (byName ? one.name : one.id));
      // Of the limit that was applied this list tells nothing, unless it was asked for.
      const applied = { ...pagination(page), appliedLimit: BigInt(request?.limit ?? 0) };
      return { pagination: applied, organizations: page.items.map(view) };
    },
    // Removing what is gone is no error, and has the time that Go has for none.
    deleteOrganization: ({ id }) => {
      const organization = store.organizations.get(id);
      if (organization === undefined) return { deletionDate: NO_TIME };
      removeOrganization(store, organization);
      return { deletionDate: timestampFromMs(organization.changedAt) };
    },
    activateOrganization: setState("active", "ORG-Dgf3g"),
    deactivateOrganization: setState("inactive", "ORG-oL9nT"),
  };
}

/** An administrator is a user who is there, or a human who is created. */
function addAdmin(
  store: Store,
  organization: Organization,
  { userType, roles }: CreateOrganizationRequest_Admin,
) {
  const resource = { type: "organization", organizationId: organization.id } as const;
  const given = roles.length > 0 ? roles : OWNER;
  if (userType.case !== "human") {
    const userId = userType.value ?? "";
    addAdministrator(store, userId, resource, given);
    return { case: "assignedAdmin", value: { userId } } as const;
  }
  const { userId: id, username } = userType.value;
  const identity = { id, username, organizationId: organization.id };
  const { user, codes } = createHuman(store, userType.value, identity);
  addAdministrator(store, user.id, resource, given);
  return { case: "createdAdmin", value: { userId: user.id, ...codes } } as const;
}

function metadataHandlers(store: Store): Handlers<typeof OrganizationService> {
  return {
    setOrganizationMetadata: ({ organizationId, metadata }) => {
      const organization = find(store, organizationId, "COMMAND-QXPGs");
      setMetadata(store, organization, metadata);
      return { setDate: timestampFromMs(organization.changedAt) };
    },
    listOrganizationMetadata: ({ organizationId, pagination: request, filter }) => {
      const all = [...(store.organizations.get(organizationId)?.metadata ?? [])];
      const found = all.filter(([key]) =>
        filter.every(
          ({ query }) => query.value === undefined || textMatches(key, query.value.key, query.value.method),
        ),
      );
      const page = limitedPageOf(found, request, ([key]) => key);
      const metadata = page.items.map(([key, { value, createdAt, changedAt }]) => ({
        creationDate: timestampFromMs(createdAt),
        changeDate: timestampFromMs(changedAt),
        key,
        value,
      }));
      return { pagination: { ...pagination(page), appliedLimit: BigInt(request?.limit ?? 0) }, metadata };
    },
    deleteOrganizationMetadata: ({ organizationId, keys }) => {
      const organization = find(store, organizationId, "COMMAND-QXPGs");
      deleteMetadata(store, organization, keys);
      return { deletionDate: timestampFromMs(organization.changedAt) };
    },
  };
}

function domainHandlers(store: Store): Handlers<typeof OrganizationService> {
  /** Every domain is verified when it is added. */
  const alreadyVerified = (request: { organizationId: string; domain: string }): never => {
    const { primaryDomain, domains } = find(store, request.organizationId, "COMMAND-QXPGs");
    if (primaryDomain !== request.domain && !domains.has(request.domain)) {
      throw zitadelError(Code.NotFound, "ORG-AGD31", "Domain doesn't exist on organization");
    }
    throw zitadelError(Code.FailedPrecondition, "ORG-HGw21", "Domain is already verified");
  };
  return {
    addOrganizationDomain: ({ organizationId, domain }) => {
      const organization = find(store, organizationId, "COMMAND-QXPGs");
      addOrganizationDomain(store, organization, domain);
      return { creationDate: timestampFromMs(organization.changedAt) };
    },
    listOrganizationDomains: ({ organizationId, pagination: request, filters }) => {
      const organization = store.organizations.get(organizationId);
      const all = organization === undefined ? [] : [organization.primaryDomain, ...organization.domains];
      const found = all.filter((domain) =>
        filters.every(
          ({ filter }) =>
            filter.value === undefined || textMatches(domain, filter.value.name, filter.value.method),
        ),
      );
      const page = limitedPageOf(found, { offset: 0n, limit: 0, ...request, asc: true }, (domain) => domain);
      const domains = page.items.map((domainName) => ({
        organizationId,
        domainName,
        isVerified: true,
        isPrimary: domainName === organization?.primaryDomain,
      }));
      return { pagination: { ...pagination(page), appliedLimit: BigInt(request?.limit ?? 0) }, domains };
    },
    deleteOrganizationDomain: ({ organizationId, domain }) => {
      const organization = find(store, organizationId, "COMMAND-QXPGs");
      removeOrganizationDomain(store, organization, domain);
      return { deletionDate: timestampFromMs(organization.changedAt) };
    },
    generateOrganizationDomainValidation: alreadyVerified,
    verifyOrganizationDomain: alreadyVerified,
  };
}

function find(store: Store, id: string, unknown: string): Organization {
  const organization = store.organizations.get(id);
  if (organization === undefined) throw zitadelError(Code.NotFound, unknown, "Organisation not found");
  return organization;
}

type Filter =
  | { case: "nameFilter"; value: { name: string; method: number } }
  | { case: "domainFilter"; value: { domain: string; method: number } }
  | { case: "stateFilter"; value: { state: number } }
  | { case: "idFilter"; value: { id: string } }
  | { case: undefined; value?: undefined };

/** What v2beta calls a filter is a query elsewhere. */
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

function view(organization: Organization): {
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
