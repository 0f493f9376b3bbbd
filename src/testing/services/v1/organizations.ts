import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { ManagementService } from "../../../../gen/zitadel/management_pb.js";
import type { DomainSchema, DomainSearchQuery } from "../../../../gen/zitadel/org_pb.js";
import { zitadelError } from "../../errors.ts";
import type { CallContext, Handlers } from "../../handlers.ts";
import { addAdministrator } from "../../state/administrators.ts";
import type { LoggedEvent } from "../../state/event-log.ts";
import type { Organization } from "../../state/model/organization.ts";
import type { Store } from "../../state/model/store.ts";
import {
  addOrganizationDomain,
  generateDomainValidation,
  removeOrganizationDomain,
  setPrimaryDomain,
  toDomain,
  verifyDomain,
} from "../../state/organization-domains.ts";
import {
  createOrganization,
  removeOrganization,
  renameOrganization,
  setOrganizationState,
} from "../../state/organizations.ts";
import { toAddDetailsV1, toChangeDetailsV1, toObjectDetailsV1 } from "../details.ts";
import { findChanges } from "../events-v1.ts";
import { textMatches } from "../matching.ts";
import { toOrgViewV1, toWrittenOrgViewV1 } from "../views-v1.ts";
import { findHistory } from "./history.ts";
import { type Matchers, matchesQueries, toListResponse } from "./lists.ts";

/** The call's organization. */
export function createOrganizationsV1(store: Store): Handlers<typeof ManagementService> {
  const own = ({ organizationId }: CallContext) => readOrganization(store, organizationId);
  return {
    getMyOrg: (_, { organizationId }) => ({
      org: toWrittenOrgViewV1(store, readRemovedToo(store, organizationId, "QUERY-iTTGJ")),
    }),
    getOrgByDomainGlobal: ({ domain }) => {
      const found = [...store.organizations.values()].find(({ primaryDomain }) => primaryDomain === domain);
      if (found === undefined) throw organizationNotFound("QUERY-iTTGJ");
      return { org: toOrgViewV1(found) };
    },
    listOrgChanges: ({ query }, { organizationId: aggregateId, origin }) => ({
      result: findChanges(store, { aggregateTypes: ["org"], aggregateId }, query, origin),
    }),
    addOrg: ({ name }, { caller }) => {
      // v1 checks the domain first.
      toDomain(store, name);
      const organization = createOrganization(store, name, undefined);
      const { id } = organization;
      if (store.users.has(caller?.userId ?? "")) {
        addAdministrator(store, caller?.userId ?? "", { type: "organization", organizationId: id }, [
          "ORG_OWNER",
        ]);
      }
      return { id, details: toAddDetailsV1(organization) };
    },
    updateOrg: ({ name }, context) => {
      const organization = own(context);
      renameOrganization(store, organization, name);
      return { details: toAddDetailsV1(organization) };
    },
    deactivateOrg: (_, context) => {
      const organization = own(context);
      setOrganizationState(store, organization, "inactive");
      return { details: toChangeDetailsV1(organization) };
    },
    reactivateOrg: (_, context) => {
      const organization = own(context);
      setOrganizationState(store, organization, "active");
      return { details: toChangeDetailsV1(organization) };
    },
    removeOrg: (_, { organizationId }) => removeOrg(store, organizationId),
    ...createDomainHandlers(store, own),
  };
}

/** Removes an organization, for the RPCs of the admin and management services. */
export function removeOrg(store: Store, id: string): { details: ReturnType<typeof toChangeDetailsV1> } {
  const organization = store.organizations.get(id);
  if (organization === undefined) throw organizationNotFound("COMMA-aps2n");
  removeOrganization(store, organization);
  return { details: toChangeDetailsV1({ ...organization, resourceOwner: store.instanceId }) };
}

/** Finds an organization. Throws if there is none. */
export function readOrganization(store: Store, id: string): Organization {
  const organization = store.organizations.get(id);
  if (organization === undefined) throw organizationNotFound("ORG-oL9nT");
  return organization;
}

/** Finds an organization, even if it has been removed. Throws an error with the id `unknown` if there is none. */
export function readRemovedToo(store: Store, id: string, unknown: string): Organization {
  const organization = store.organizations.get(id) ?? store.removedOrganizations.get(id);
  if (organization === undefined) throw organizationNotFound(unknown);
  return organization;
}

function organizationNotFound(id: string): Error {
  return zitadelError(Code.NotFound, id, "Organisation not found");
}

function createDomainHandlers(
  store: Store,
  own: (context: CallContext) => Organization,
): Handlers<typeof ManagementService> {
  return {
    listOrgDomains: (request, context) => {
      const organization = own(context);
      const found = [...organization.domains.keys()].filter((one) =>
        matchesQueries(one, request.queries, MATCHERS),
      );
      return toListResponse(store, request, found, {
        view: (domain) => toDomainView(store, organization, domain),
      });
    },
    addOrgDomain: ({ domain }, context) => {
      const organization = own(context);
      addOrganizationDomain(store, organization, domain);
      return { details: toAddDetailsV1(organization) };
    },
    removeOrgDomain: ({ domain }, context) => {
      const organization = own(context);
      removeOrganizationDomain(store, organization, domain);
      return { details: toChangeDetailsV1(organization) };
    },
    generateOrgDomainValidation: ({ domain, type }, context) =>
      generateDomainValidation(store, own(context), domain, type),
    validateOrgDomain: async ({ domain }, context) => {
      const organization = own(context);
      await verifyDomain(store, organization, domain);
      return { details: toChangeDetailsV1(organization) };
    },
    setPrimaryOrgDomain: ({ domain }, context) => {
      const organization = own(context);
      setPrimaryDomain(store, organization, domain);
      return { details: toChangeDetailsV1(organization) };
    },
  };
}

const MATCHERS: Matchers<string, DomainSearchQuery> = {
  domainNameQuery: (domain, { name, method }) => textMatches(domain, name, method),
};

function toDomainView(
  store: Store,
  organization: Organization,
  domain: string,
): MessageInitShape<typeof DomainSchema> {
  const isAbout = ({ type, payload }: LoggedEvent): boolean =>
    type === "org.domain.primary.set" || (type.startsWith("org.domain.") && payload?.["domain"] === domain);
  const history = findHistory(store, organization, isAbout) ?? organization;
  const { id: orgId, primaryDomain } = organization;
  const details = toObjectDetailsV1({ ...history, resourceOwner: orgId });
  const { verified: isVerified = false, validationType = 0 } = organization.domains.get(domain) ?? {};
  return {
    orgId,
    details,
    domainName: domain,
    isVerified,
    isPrimary: domain === primaryDomain,
    validationType,
  };
}
