import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { NewEvent } from "./event-log.ts";
import type { Aggregate, State } from "./model/aggregate.ts";
import type { Organization } from "./model/organization.ts";
import type { Store } from "./model/store.ts";
import { forgetPolicies } from "./policies.ts";
import { newAggregate, writeEvents } from "./store.ts";

/** Stores a new organization; neither id nor name may be taken. */
export function createOrganization(store: Store, name: string, id: string | undefined): Organization {
  const taken = [...store.organizations.values()].some((one) => one.id === id || one.name === name);
  if (taken) throw nameTaken();
  const organizationId = id ?? store.newId();
  const organization: Organization = {
    ...newAggregate(store, { aggregateType: "org", id: organizationId, resourceOwner: organizationId }),
    name,
    state: "active",
    primaryDomain: toDomain(store, name),
    domains: new Set(),
    metadata: new Map(),
  };
  store.organizations.set(organizationId, organization);
  writeEvents(
    store,
    organization,
    { type: "org.added", payload: { name } },
    ...domainAdded(organization.primaryDomain),
    { type: "org.domain.primary.set", payload: { domain: organization.primaryDomain } },
  );
  return organization;
}

/** Gives an organization another name, and another domain of the instance with it. */
export function renameOrganization(store: Store, organization: Organization, name: string): void {
  if (organization.name === name) {
    throw zitadelError(Code.FailedPrecondition, "ORG-4VSdf", "Organisation not changed");
  }
  if ([...store.organizations.values()].some((one) => one.name === name)) throw nameTaken();
  organization.name = name;
  writeEvents(store, organization, { type: "org.changed", payload: { name } });
  const [old, domain] = [organization.primaryDomain, toDomain(store, name)];
  if (old === domain) return;
  organization.primaryDomain = domain;
  writeEvents(
    store,
    organization,
    ...domainAdded(domain),
    { type: "org.domain.primary.set", payload: { domain } },
    { type: "org.domain.removed", payload: { domain: old, isVerified: true } },
  );
}

/** Activates or deactivates an organization. */
export function setOrganizationState(store: Store, organization: Organization, state: State): void {
  if (organization.state === state) {
    throw state === "inactive"
      ? zitadelError(Code.FailedPrecondition, "EVENT-Dbs2g", "Organisation is already deactivated")
      : zitadelError(Code.FailedPrecondition, "EVENT-bfnrh", "Organisation is already active");
  }
  organization.state = state;
  writeEvents(store, organization, { type: `org.${state === "active" ? "reactivated" : "deactivated"}` });
}

/** Adds a domain, which is verified at once: a new instance asks for no proof. */
export function addOrganizationDomain(store: Store, organization: Organization, domain: string): void {
  for (const { primaryDomain, domains } of store.organizations.values()) {
    if (primaryDomain !== domain && !domains.has(domain)) continue;
    throw zitadelError(Code.AlreadyExists, "COMMA-Bd2jj", "Domain already exists");
  }
  organization.domains.add(domain);
  writeEvents(store, organization, ...domainAdded(domain));
}

/** Removes a domain that is not the primary one. */
export function removeOrganizationDomain(store: Store, organization: Organization, domain: string): void {
  if (organization.primaryDomain === domain) {
    throw zitadelError(Code.FailedPrecondition, "ORG-Sjdi3", "Primary domain must not be deleted");
  }
  if (!organization.domains.delete(domain)) {
    throw zitadelError(Code.NotFound, "ORG-GDfA3", "Domain doesn't exist on organization");
  }
  const payload = { domain, isVerified: true };
  writeEvents(store, organization, { type: "org.domain.removed", payload });
}

/** Removes an organization with its users and projects, of whom no event tells. */
export function removeOrganization(store: Store, organization: Organization): void {
  const { id, name } = organization;
  if (id === store.defaultOrganizationId) {
    throw zitadelError(Code.FailedPrecondition, "COMMA-wG9p1", "Default Organisation must not be deleted");
  }
  const users = removeOwned(store.users, id);
  const projects = removeOwned(store.projects, id);
  for (const [key, one] of store.authorizations) {
    const { resourceOwner, userId, projectId } = one;
    if (resourceOwner === id || users.has(userId) || projects.has(projectId))
      store.authorizations.delete(key);
  }
  forgetPolicies(store, id);
  for (const [key, { resourceOwner }] of store.identityProviders) {
    if (resourceOwner === id) store.identityProviders.delete(key);
  }
  for (const [key, { projectId }] of store.applications) {
    if (projects.has(projectId)) store.applications.delete(key);
  }
  for (const [key, { userId, resource }] of store.administrators) {
    const isInside = Object.values(resource).some((one) => one === id || projects.has(one));
    if (isInside || users.has(userId)) store.administrators.delete(key);
  }
  writeEvents(store, organization, { type: "org.removed", payload: { name } });
  store.organizations.delete(id);
}

function removeOwned(objects: Map<string, Aggregate>, organizationId: string): Set<string> {
  const owned = [...objects.values()].filter(({ resourceOwner }) => resourceOwner === organizationId);
  for (const { id } of owned) objects.delete(id);
  return new Set(owned.map(({ id }) => id));
}

function domainAdded(domain: string): NewEvent[] {
  return [
    { type: "org.domain.added", payload: { domain } },
    { type: "org.domain.verified", payload: { domain } },
  ];
}

function toDomain(store: Store, name: string): string {
  return `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.${store.domain}`;
}

function nameTaken(): Error {
  return zitadelError(Code.AlreadyExists, "V3-DKcYh", "Organisation's name or id already taken");
}
