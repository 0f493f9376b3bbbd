import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Organization } from "./model/organization.ts";
import type { Store } from "./model/store.ts";
import { newAggregate } from "./store.ts";

/** Stores a new organization; neither id nor name may be taken. */
export function createOrganization(store: Store, name: string, id: string | undefined): Organization {
  const taken = [...store.organizations.values()].some((one) => one.id === id || one.name === name);
  if (taken) {
    throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Organisation's name or id already taken");
  }
  const organizationId = id ?? store.newId();
  const organization = {
    ...newAggregate(store, organizationId, organizationId, 4),
    name,
    primaryDomain: `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.${store.domain}`,
  };
  store.organizations.set(organizationId, organization);
  return organization;
}

/** Removes an organization with its users. Tells whether there was one. */
export function removeOrganization(store: Store, id: string): boolean {
  for (const user of [...store.users.values()]) {
    if (user.resourceOwner === id) store.users.delete(user.id);
  }
  return store.organizations.delete(id);
}
