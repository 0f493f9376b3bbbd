import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { isPermitted } from "../access/permissions.ts";
import { zitadelError } from "../errors.ts";
import type { CallContext } from "../handlers.ts";
import { deleteMetadata, requireEntries, setMetadata } from "../state/metadata.ts";
import type { State } from "../state/model/aggregate.ts";
import type { Organization } from "../state/model/organization.ts";
import type { Store } from "../state/model/store.ts";
import type { MetadataEntry } from "../state/model/user.ts";
import {
  addOrganizationDomain,
  generateDomainValidation,
  removeOrganizationDomain,
  verifyDomain,
} from "../state/organization-domains.ts";
import {
  type OrganizationAdmin,
  removeOrganization,
  renameOrganization,
  requireRemovable,
  setOrganizationState,
} from "../state/organizations.ts";
import { NO_TIME } from "./details.ts";
import { type Page, type PageRequest, toLimitedPage, toPagination } from "./lists.ts";
import { type TextFilter, textMatches } from "./matching.ts";

// What the organization services of v2 and v2beta share: they differ mostly in names.

/** Renames an organization. */
export function update(store: Store, id: string, name: string): { changeDate: Timestamp } {
  if (name.trim() === "") throw zitadelError(Code.InvalidArgument, "EVENT-Mf9sd", "Organisation is invalid");
  const organization = find(store, id, Code.NotFound, "ORG-1MRds");
  renameOrganization(store, organization, name);
  return { changeDate: timestampFromMs(organization.changedAt) };
}

/** Activates or deactivates an organization. */
export function setState(store: Store, id: string, state: State): { changeDate: Timestamp } {
  const organization = find(store, id, Code.NotFound, state === "active" ? "ORG-Dgf3g" : "ORG-oL9nT");
  setOrganizationState(store, organization, state);
  return { changeDate: timestampFromMs(organization.changedAt) };
}

/** Removes an organization. Returns the deletion date, or Go's zero time for an unknown organization. */
export function remove(store: Store, id: string): { deletionDate: typeof NO_TIME | Timestamp } {
  requireRemovable(store, id);
  const organization = store.organizations.get(id);
  if (organization === undefined) return { deletionDate: NO_TIME };
  removeOrganization(store, organization);
  return { deletionDate: timestampFromMs(organization.changedAt) };
}

interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
}

interface OfOrganization {
  readonly organizationId: string;
}

/** Metadata and domains, whose requests and responses are the same in both services. */
export function createPartHandlers(store: Store) {
  const existing = (id: string): Organization => find(store, id, Code.FailedPrecondition, "COMMAND-QXPGs");
  return {
    setOrganizationMetadata: ({ organizationId, metadata }: OfOrganization & { metadata: Entry[] }) => {
      requireEntries(metadata);
      const organization = existing(organizationId);
      setMetadata(store, organization, metadata);
      return { setDate: timestampFromMs(organization.changedAt) };
    },
    deleteOrganizationMetadata: ({ organizationId, keys }: OfOrganization & { keys: string[] }) => {
      if (keys.length === 0)
        throw zitadelError(Code.FailedPrecondition, "META-9mw2d", "Metadata list is empty");
      const organization = existing(organizationId);
      deleteMetadata(store, organization, keys);
      return { deletionDate: timestampFromMs(organization.changedAt) };
    },
    addOrganizationDomain: ({ organizationId, domain }: OfDomain) => {
      const organization = existing(organizationId);
      addOrganizationDomain(store, organization, domain);
      return { creationDate: timestampFromMs(organization.changedAt) };
    },
    deleteOrganizationDomain: ({ organizationId, domain }: OfDomain) => {
      const organization = store.organizations.get(organizationId);
      if (organization === undefined) {
        throw zitadelError(Code.NotFound, "ORG-GDfA3", "Domain doesn't exist on organization");
      }
      removeOrganizationDomain(store, organization, domain);
      return { deletionDate: timestampFromMs(organization.changedAt) };
    },
    generateOrganizationDomainValidation: ({ organizationId, domain, type }: OfDomain & { type: number }) =>
      generateDomainValidation(store, store.organizations.get(organizationId), domain, type),
    verifyOrganizationDomain: async ({ organizationId, domain }: OfDomain) => {
      const organization = store.organizations.get(organizationId);
      await verifyDomain(store, organization, domain);
      return { changeDate: timestampFromMs(organization?.changedAt ?? 0) };
    },
  };
}

interface OfDomain extends OfOrganization {
  readonly domain: string;
}

/** Finds an organization if the caller may read it. If not, its lists are empty instead of failing. */
export function findReadable(
  store: Store,
  { caller }: CallContext,
  organizationId: string,
): Organization | undefined {
  return isPermitted(store, caller, "org.read", { organizationId })
    ? store.organizations.get(organizationId)
    : undefined;
}

/** Finds a page of the metadata whose keys match all filters. */
export function findMetadataPage(
  organization: Organization | undefined,
  request: PageRequest | undefined,
  filters: readonly (({ readonly key: string } & TextFilter) | undefined)[],
): Page<[string, MetadataEntry]> {
  const found = [...(organization?.metadata ?? [])].filter(([key]) =>
    filters.every((one) => one === undefined || textMatches(key, one.key, one.method)),
  );
  return toLimitedPage(found, request, ([key]) => key);
}

/** Converts a metadata entry to the form in which lists show it. */
export function toMetadataView([key, { value, createdAt, changedAt }]: [string, MetadataEntry]) {
  return {
    creationDate: timestampFromMs(createdAt),
    changeDate: timestampFromMs(changedAt),
    key,
    value,
  };
}

/** A domain with its name. */
export interface NamedDomain {
  readonly name: string;
  readonly verified: boolean;
  readonly primary: boolean;
  readonly createdAt: number;
  readonly validationType: number;
}

/** Finds the domains of an organization whose names match all filters. */
export function findDomains(
  organization: Organization | undefined,
  filters: readonly (({ readonly domain: string } & TextFilter) | undefined)[],
): NamedDomain[] {
  const all = [...(organization?.domains ?? [])].map(([name, domain]) => ({
    ...domain,
    name,
    primary: name === organization?.primaryDomain,
  }));
  return all.filter(({ name }) =>
    filters.every((one) => one === undefined || textMatches(name, one.domain, one.method)),
  );
}

/** Creates the pagination of lists that return the applied limit only if the request set one. */
export function toRequestedPagination(page: Page<unknown>, request: PageRequest | undefined) {
  return { ...toPagination(page), appliedLimit: BigInt(request?.limit ?? 0) };
}

function find(store: Store, id: string, code: Code, errorId: string): Organization {
  const organization = store.organizations.get(id);
  if (organization === undefined) throw zitadelError(code, errorId, "Organisation not found");
  return organization;
}

/** An administrator of a new organization, in the requests of both versions. */
interface AdminRequest {
  readonly userType:
    | { readonly case: "userId"; readonly value: string }
    | { readonly case: "human"; readonly value: NonNullable<OrganizationAdmin["human"]> }
    | { readonly case: undefined; readonly value?: undefined };
  readonly roles: readonly string[];
}

/** Converts an administrator in a request. `missing`: the id of the error if it is neither a user nor a human. */
export function toAdmin({ userType, roles }: AdminRequest, missing: string): OrganizationAdmin {
  switch (userType.case) {
    case "userId":
      return { userId: userType.value, human: undefined, roles };
    case "human":
      return { userId: undefined, human: userType.value, roles };
    default: {
      const message = "userType oneOf <nil> in method AddOrganization not implemented";
      throw zitadelError(Code.Unimplemented, missing, message);
    }
  }
}
