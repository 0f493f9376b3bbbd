import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Organization } from "./model/organization.ts";
import type { Store } from "./model/store.ts";
import { newAggregate, writeEvents } from "./store.ts";

/** Stores a new organization; neither id nor name may be taken. */
export function createOrganization(store: Store, name: string, id: string | undefined): Organization {
  const taken = [...store.organizations.values()].some((one) => one.id === id || one.name === name);
  if (taken) {
    throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Organisation's name or id already taken");
  }
  const organizationId = id ?? store.newId();
  const organization = {
    ...newAggregate(store, { aggregateType: "org", id: organizationId, resourceOwner: organizationId }),
    name,
    primaryDomain: `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.${store.domain}`,
  };
  store.organizations.set(organizationId, organization);
  const domain = { domain: organization.primaryDomain };
  writeEvents(
    store,
    organization,
    { type: "org.added", payload: { name } },
    { type: "org.domain.added", payload: domain },
    { type: "org.domain.verified", payload: domain },
    { type: "org.domain.primary.set", payload: domain },
  );
  return organization;
}

/** Makes a user an administrator of an organization. */
export function addMember(
  store: Store,
  organization: Organization,
  userId: string,
  roles: readonly string[],
): void {
  writeEvents(store, organization, { type: "org.member.added", payload: { userId, roles: [...roles] } });
}

/** Removes an organization with its users, of whom no event tells. */
export function removeOrganization(store: Store, organization: Organization): void {
  const { id } = organization;
  for (const user of [...store.users.values()]) {
    if (user.resourceOwner === id) store.users.delete(user.id);
  }
  writeEvents(store, organization, { type: "org.removed" });
  store.organizations.delete(id);
}
