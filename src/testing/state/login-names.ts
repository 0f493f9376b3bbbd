import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { hasDomainSuffix } from "./policies.ts";

/** The names by which a user can sign in. */
export interface LoginNames {
  readonly all: readonly string[];
  readonly preferred: string;
}

/**
 * Lists a user's login names: the username or, if the domain settings require it, the username with each verified
 * domain of the organization. The preferred one has the primary domain.
 */
export function toLoginNames(store: Store, { username, resourceOwner }: User): LoginNames {
  const organization = store.organizations.get(resourceOwner);
  if (organization === undefined || !hasDomainSuffix(store, resourceOwner)) {
    return { all: [username], preferred: username };
  }
  const all = [...organization.domains]
    .filter(([, { verified }]) => verified)
    .map(([domain]) => `${username}@${domain}`);
  return { all: all.sort(), preferred: `${username}@${organization.primaryDomain}` };
}

/** Finds a user by login name, ignoring case. */
export function findUserByLoginName(store: Store, name: string): User | undefined {
  const wanted = name.toLowerCase();
  for (const user of store.users.values()) {
    // Avoids computing the login names of most users.
    if (!wanted.startsWith(user.username.toLowerCase())) continue;
    if (toLoginNames(store, user).all.some((one) => one.toLowerCase() === wanted)) return user;
  }
  return undefined;
}
