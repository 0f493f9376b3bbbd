import { addAdministrator } from "./administrators.ts";
import type { Store } from "./model/store.ts";
import { createOrganization } from "./organizations.ts";
import { addProject } from "./projects.ts";
import { createUser } from "./users.ts";

/** Adds what a new Zitadel has: an organization, the project of the API and a human administrator. */
export function addInitialObjects(store: Store): void {
  const { id } = createOrganization(store, "ZITADEL", undefined);
  store.defaultOrganizationId = id;
  store.apiProjectId = addProject(store, { organizationId: id, name: "ZITADEL" }).id;
  const address = `zitadel-admin@zitadel.${store.domain}`;
  const password = { text: "Password1!", changedAt: store.now(), changeRequired: false, failedAttempts: 0 };
  const administrator = createUser(store, {
    organizationId: id,
    username: address,
    human: {
      givenName: "ZITADEL",
      familyName: "Admin",
      nickName: "",
      displayName: "ZITADEL Admin",
      preferredLanguage: "en",
      gender: 0,
      email: { address, verified: true },
      phone: undefined,
      password,
    },
  });
  addAdministrator(store, administrator.id, { type: "instance" }, ["IAM_OWNER"]);
  const resource = { type: "organization", organizationId: id } as const;
  addAdministrator(store, administrator.id, resource, ["ORG_OWNER"]);
}
