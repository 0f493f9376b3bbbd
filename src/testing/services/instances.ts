import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { InstanceService } from "../../../gen/zitadel/instance/v2beta/instance_service_pb.js";
import type { Handlers } from "../handlers.ts";
import {
  addCustomDomain,
  addTrustedDomain,
  removeCustomDomain,
  removeTrustedDomain,
  renameInstance,
} from "../state/instance-settings.ts";
import type { InstanceDomain } from "../state/model/instance-settings.ts";
import type { Store } from "../state/model/store.ts";
import { VERSION } from "../state/version.ts";
import { type Page, type PageRequest, toLimitedPage } from "./lists.ts";
import { type TextFilter, textMatches } from "./matching.ts";
import type { NewerHandlers } from "./newer.ts";
import { toRequestedPagination } from "./organizations.ts";

/** zitadel.instance.v2beta.InstanceService, except that it cannot remove the only instance. */
export function createInstanceV2beta(store: Store): Handlers<typeof InstanceService> {
  return {
    getInstance: () => ({ instance: { ...toInstanceView(store), domains: listCustomDomains(store) } }),
    updateInstance: ({ instanceName }) => rename(store, instanceName),
    listInstances: ({ pagination, queries }) => {
      const page = findInstancePage(
        store,
        pagination,
        queries.map(({ query }) => query.value ?? {}),
      );
      const instances = page.items.map(() => ({
        ...toInstanceView(store),
        domains: listCustomDomains(store),
      }));
      return { pagination: toRequestedPagination(page, pagination), instances };
    },
    addCustomDomain: ({ domain }) => toAdded(addCustomDomain(store, domain)),
    removeCustomDomain: ({ domain }) => toRemoved(removeCustomDomain(store, domain)),
    listCustomDomains: ({ pagination, sortingColumn, queries }) => {
      const filters = queries.map(({ query }) => toFilter(query));
      const page = findDomainPage(store.settings.customDomains, { pagination, sortingColumn, filters });
      const domains = page.items.map((one) => toCustomDomainView(store, one));
      return { pagination: toRequestedPagination(page, pagination), domains };
    },
    addTrustedDomain: ({ domain }) => toAdded(addTrustedDomain(store, domain)),
    removeTrustedDomain: ({ domain }) => toRemoved(removeTrustedDomain(store, domain)),
    listTrustedDomains: ({ pagination, sortingColumn, queries }) => {
      const filters = queries.map(({ query }) => toFilter(query));
      const page = findDomainPage(store.settings.trustedDomains, {
        pagination,
        sortingColumn: TRUSTED_COLUMNS[sortingColumn] ?? 0,
        filters,
      });
      const trustedDomain = page.items.map((one) => toTrustedDomainView(store, one));
      return { pagination: toRequestedPagination(page, pagination), trustedDomain };
    },
  };
}

interface CustomDomain {
  readonly customDomain: string;
}

interface TrustedDomain {
  readonly trustedDomain: string;
}

interface ListRequest<Filter> {
  readonly pagination?: PageRequest;
  readonly sortingColumn?: number;
  readonly filters: readonly { readonly filter: Filter | { case: undefined } }[];
}

type InstanceFilter =
  | { case: "inIdsFilter"; value: { ids: string[] } }
  | { case: "customDomainsFilter"; value: { domains: string[] } };

type NewerDomainFilter =
  | { case: "domainFilter"; value: { domain: string } & TextFilter }
  | { case: "generatedFilter" | "primaryFilter"; value: boolean };

/** zitadel.instance.v2.InstanceService: like v2beta, but with different names. */
export function createInstanceV2(store: Store): NewerHandlers {
  return {
    getInstance: () => ({ instance: { ...toInstanceView(store), customDomains: listCustomDomains(store) } }),
    updateInstance: ({ instanceName }: { instanceName: string }) => rename(store, instanceName),
    listInstances: ({ pagination, filters }: ListRequest<InstanceFilter>) => {
      const wanted = filters.map(({ filter }) => (filter.case === undefined ? {} : filter.value));
      const page = findInstancePage(store, pagination, wanted);
      const instances = page.items.map(() => ({
        ...toInstanceView(store),
        customDomains: listCustomDomains(store),
      }));
      return { pagination: toRequestedPagination(page, pagination), instances };
    },
    addCustomDomain: ({ customDomain }: CustomDomain) => toAdded(addCustomDomain(store, customDomain)),
    removeCustomDomain: ({ customDomain }: CustomDomain) =>
      toRemoved(removeCustomDomain(store, customDomain)),
    listCustomDomains: ({ pagination, sortingColumn, filters }: ListRequest<NewerDomainFilter>) => {
      const page = findDomainPage(store.settings.customDomains, {
        pagination,
        sortingColumn,
        filters: filters.map(({ filter }) => toNewerFilter(filter)),
      });
      const domains = page.items.map((one) => toCustomDomainView(store, one));
      return { pagination: toRequestedPagination(page, pagination), domains };
    },
    addTrustedDomain: ({ trustedDomain }: TrustedDomain) => toAdded(addTrustedDomain(store, trustedDomain)),
    removeTrustedDomain: ({ trustedDomain }: TrustedDomain) =>
      toRemoved(removeTrustedDomain(store, trustedDomain)),
    listTrustedDomains: ({ pagination, sortingColumn = 0, filters }: ListRequest<NewerDomainFilter>) => {
      const page = findDomainPage(store.settings.trustedDomains, {
        pagination,
        sortingColumn: TRUSTED_COLUMNS[sortingColumn] ?? 0,
        filters: filters.map(({ filter }) => toNewerFilter(filter)),
      });
      const trustedDomain = page.items.map((one) => toTrustedDomainView(store, one));
      return { pagination: toRequestedPagination(page, pagination), trustedDomain };
    },
  };
}

function rename(store: Store, name: string): { changeDate: Timestamp } {
  renameInstance(store, name);
  return { changeDate: timestampFromMs(store.instance.shown.changedAt) };
}

function toAdded({ createdAt }: InstanceDomain): { creationDate: Timestamp } {
  return { creationDate: timestampFromMs(createdAt) };
}

/** Converts the result of a removal: it is not an error if there was nothing to remove. */
function toRemoved(domain: InstanceDomain | undefined): { deletionDate?: Timestamp } {
  return domain === undefined ? {} : { deletionDate: timestampFromMs(domain.changedAt) };
}

function toInstanceView({ instance, instanceId: id, settings }: Store) {
  return {
    id,
    changeDate: timestampFromMs(instance.shown.changedAt),
    creationDate: timestampFromMs(instance.createdAt),
    name: settings.name,
    version: VERSION,
  };
}

function listCustomDomains(store: Store) {
  return [...store.settings.customDomains.values()].map((one) => toCustomDomainView(store, one));
}

function toCustomDomainView(store: Store, one: InstanceDomain) {
  const { generated, primary } = one;
  return { ...toTrustedDomainView(store, one), generated, primary };
}

function toTrustedDomainView({ instanceId }: Store, { domain, createdAt }: InstanceDomain) {
  return { instanceId, creationDate: timestampFromMs(createdAt), domain };
}

/** A page with the only instance, if it has these ids or domains. */
function findInstancePage(
  store: Store,
  request: PageRequest | undefined,
  wanted: readonly { readonly ids?: readonly string[]; readonly domains?: readonly string[] }[],
): Page<Store> {
  const isWanted = wanted.every(
    ({ ids, domains }) =>
      (ids?.includes(store.instanceId) ?? true) &&
      (domains?.some((domain) => store.settings.customDomains.has(domain)) ?? true),
  );
  return toLimitedPage(isWanted ? [store] : [], request, ({ instanceId }) => instanceId);
}

type DomainFilter = (domain: InstanceDomain) => boolean;

type OlderDomainQuery =
  | { case: "domainQuery"; value: { domain: string } & TextFilter }
  | { case: "generatedQuery"; value: { generated: boolean } }
  | { case: "primaryQuery"; value: { primary: boolean } }
  | { case: undefined; value?: undefined };

function toFilter(query: OlderDomainQuery): DomainFilter {
  return (one) => {
    if (query.case === "domainQuery") return textMatches(one.domain, query.value.domain, query.value.method);
    if (query.case === "generatedQuery") return one.generated === query.value.generated;
    return query.case !== "primaryQuery" || one.primary === query.value.primary;
  };
}

function toNewerFilter(filter: NewerDomainFilter | { case: undefined }): DomainFilter {
  return (one) => {
    if (filter.case === "domainFilter")
      return textMatches(one.domain, filter.value.domain, filter.value.method);
    if (filter.case === "generatedFilter") return one.generated === filter.value;
    return filter.case !== "primaryFilter" || one.primary === filter.value;
  };
}

/** By the sorting columns of custom domains: unspecified, domain, primary, generated, creation date. */
const SORT_KEYS: readonly ((one: InstanceDomain) => string | number)[] = [
  ({ createdAt }) => createdAt,
  ({ domain }) => domain,
  ({ primary }) => Number(primary),
  ({ generated }) => Number(generated),
  ({ createdAt }) => createdAt,
];

/** The index in SORT_KEYS for each sorting column of trusted domains: unspecified, domain, creation date. */
const TRUSTED_COLUMNS = [0, 1, 4];

function findDomainPage(
  domains: ReadonlyMap<string, InstanceDomain>,
  request: {
    readonly pagination: PageRequest | undefined;
    readonly sortingColumn: number | undefined;
    readonly filters: readonly DomainFilter[];
  },
): Page<InstanceDomain> {
  const { pagination, sortingColumn = 0, filters } = request;
  const found = [...domains.values()].filter((one) => filters.every((matches) => matches(one)));
  // Unsorted lists are in the order in which the domains were added.
  const inOrder = {
    offset: 0n,
    limit: 0,
    ...pagination,
    asc: sortingColumn === 0 || pagination?.asc === true,
  };
  return toLimitedPage(found, inOrder, SORT_KEYS[sortingColumn] ?? (({ createdAt }) => createdAt));
}
