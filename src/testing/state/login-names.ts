import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { hasDomainSuffix } from "./policies.ts";

/** The names by which a user can sign in. */
export interface LoginNames {
  readonly all: readonly string[];
  readonly preferred: string;
}

/**
 * A user's login names: the user name or, where the settings of domains want that, the name with each domain of the
 * organization, of which the primary one makes the preferred name.
 */
export function loginNames(store: Store, { username, resourceOwner }: User): LoginNames {
  const organization = store.organizations.get(resourceOwner);
  if (organization === undefined || !hasDomainSuffix(store, resourceOwner)) {
    return { all: [username], preferred: username };
  }
  const all = [...organization.domains]
    .filter(([, { verified }]) => verified)
    .map(([domain]) => `${username}@${domain}`);
  return { all: all.sort(), preferred: `${username}@${organization.primaryDomain}` };
}

/** The user who signs in with a name. Its case does not matter. */
export function findUserByLoginName(store: Store, name: string): User | undefined {
  const wanted = name.toLowerCase();
  for (const user of store.users.values()) {
    // Most have no other name.
    if (!wanted.startsWith(user.username.toLowerCase())) continue;
    if (loginNames(store, user).all.some((one) => one.toLowerCase() === wanted)) return user;
  }
  return undefined;
}
