import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { addAdministrator, requireNewAdministrator } from "./administrators.ts";
import { type CreatedHuman, createHuman, type HumanRequest } from "./humans.ts";
import type { State } from "./model/aggregate.ts";
import type { Organization } from "./model/organization.ts";
import type { Store } from "./model/store.ts";
import { addVerifiedDomain, requireFreeDomain, toDomain } from "./organization-domains.ts";
import { newAggregate, writeEvents } from "./store.ts";

/** Creates an organization. Its id and name must be unique. */
export function createOrganization(store: Store, text: string, id: string | undefined): Organization {
  if (id !== undefined && id.trim() === "")
    throw zitadelError(Code.InvalidArgument, "ORG-4ABd3", "Errors.Invalid.Argument");
  if (id !== undefined && store.organizations.has(id)) {
    throw zitadelError(Code.AlreadyExists, "ORG-laho2n", "Errors.Org.AlreadyExisting");
  }
  const name = text.trim();
  if (name === "") throw zitadelError(Code.InvalidArgument, "ORG-mruNY", "Errors.Invalid.Argument");
  const domain = toDomain(store, name);
  requireFreeName(store, name);
  requireFreeDomain(store, domain);
  const organizationId = id ?? store.newId();
  const organization: Organization = {
    ...newAggregate(store, { aggregateType: "org", id: organizationId, resourceOwner: organizationId }),
    name,
    state: "active",
    primaryDomain: domain,
    domains: new Map(),
    metadata: new Map(),
  };
  store.organizations.set(organizationId, organization);
  writeEvents(
    store,
    organization,
    { type: "org.added", payload: { name } },
    ...addVerifiedDomain(store, organization, domain),
    { type: "org.domain.primary.set", payload: { domain } },
  );
  return organization;
}

/** An administrator of a new organization: an existing user, or one to create. */
export interface OrganizationAdmin {
  readonly userId: string | undefined;
  readonly human:
    | (HumanRequest & { readonly userId?: string | undefined; readonly username?: string | undefined })
    | undefined;
  /** Default: ORG_OWNER. */
  readonly roles: readonly string[];
}

/** Creates an organization with administrators. `created` is undefined for those who already existed. */
export function setUpOrganization(
  store: Store,
  { name, id }: { readonly name: string; readonly id: string | undefined },
  admins: readonly OrganizationAdmin[],
): { organization: Organization; created: (CreatedHuman | undefined)[] } {
  const resource = { type: "organization", organizationId: "" } as const;
  for (const { userId, roles } of admins) {
    if (userId !== undefined)
      requireNewAdministrator(store, userId, resource, roles.length > 0 ? roles : OWNER);
  }
  const organization = createOrganization(store, name, id);
  try {
    const created = admins.map((admin) => addAdmin(store, organization, admin));
    return { organization, created };
  } catch (error) {
    // The server does everything or nothing.
    forgetOrganization(store, organization);
    throw error;
  }
}

const OWNER = ["ORG_OWNER"];

function addAdmin(
  store: Store,
  { id: organizationId }: Organization,
  { userId, human, roles }: OrganizationAdmin,
): CreatedHuman | undefined {
  const created =
    human === undefined
      ? undefined
      : createHuman(store, human, { id: human.userId, username: human.username, organizationId });
  const resource = { type: "organization", organizationId } as const;
  addAdministrator(store, userId ?? created?.user.id ?? "", resource, roles.length > 0 ? roles : OWNER);
  return created;
}

/** Renames an organization, and replaces the subdomain that is derived from its name. */
export function renameOrganization(store: Store, organization: Organization, text: string): void {
  const name = text.trim();
  if (organization.name === name) {
    throw zitadelError(Code.FailedPrecondition, "ORG-4VSdf", "Organisation not changed");
  }
  const [old, domain] = [toDomain(store, organization.name), toDomain(store, name)];
  requireFreeName(store, name);
  if (old !== domain && organization.domains.has(old)) requireFreeDomain(store, domain);
  organization.name = name;
  writeEvents(store, organization, { type: "org.changed", payload: { name } });
  const before = organization.domains.get(old);
  if (old === domain || before === undefined) return;
  const added = addVerifiedDomain(store, organization, domain);
  organization.domains.delete(old);
  const isPrimary = organization.primaryDomain === old;
  if (isPrimary) organization.primaryDomain = domain;
  writeEvents(
    store,
    organization,
    ...added,
    ...(isPrimary ? [{ type: "org.domain.primary.set", payload: { domain } }] : []),
    { type: "org.domain.removed", payload: { domain: old, isVerified: before.verified } },
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

/** Removes an organization with its users and projects. Writes no events for these. */
export function removeOrganization(store: Store, organization: Organization): void {
  const { id, name } = organization;
  requireRemovable(store, id);
  writeEvents(store, organization, { type: "org.removed", payload: { name } });
  forgetOrganization(store, organization);
  store.removedOrganizations.set(id, organization);
}

/** Throws for the default organization, even if it does not exist. */
export function requireRemovable(store: Store, id: string): void {
  if (id !== store.defaultOrganizationId) return;
  throw zitadelError(Code.FailedPrecondition, "COMMA-wG9p1", "Default Organisation must not be deleted");
}

function forgetOrganization(store: Store, { id }: Organization): void {
  const users = removeOwned(store.users, id);
  const projects = removeOwned(store.projects, id);
  removeOwned(store.identityProviders, id);
  removeOwned(store.policies, id);
  removeOwned(store.customTexts, id);
  for (const [key, one] of store.authorizations) {
    const { resourceOwner, userId, projectId } = one;
    if (resourceOwner === id || users.has(userId) || projects.has(projectId))
      store.authorizations.delete(key);
  }
  for (const [key, { projectId }] of store.applications) {
    if (projects.has(projectId)) store.applications.delete(key);
  }
  for (const [key, { userId, resource }] of store.administrators) {
    const isInside = Object.values(resource).some((one) => one === id || projects.has(one));
    if (isInside || users.has(userId)) store.administrators.delete(key);
  }
  removeOwned(store.actions, id);
  for (const [key, { organizationId }] of store.flows) if (organizationId === id) store.flows.delete(key);
  store.organizations.delete(id);
}

/** Removes the owned entries. Returns their keys. */
function removeOwned(
  objects: Map<string, { readonly resourceOwner: string }>,
  organizationId: string,
): Set<string> {
  const owned = [...objects].filter(([, { resourceOwner }]) => resourceOwner === organizationId);
  for (const [key] of owned) objects.delete(key);
  return new Set(owned.map(([key]) => key));
}

function requireFreeName(store: Store, name: string): void {
  if (![...store.organizations.values()].some((one) => one.name === name)) return;
  throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Organisation's name or id already taken");
}
