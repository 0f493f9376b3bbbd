import { toLoginNames } from "../state/login-names.ts";
import type { Store } from "../state/model/store.ts";

/** How other objects show a user. */
export interface UserReference {
  readonly id: string;
  readonly preferredLoginName: string;
  readonly displayName: string;
  readonly organizationId: string;
}

/** A user as shown by other objects; undefined if it was removed. The display name of machines is empty. */
export function userReference(store: Store, id: string): UserReference | undefined {
  const user = store.users.get(id);
  if (user === undefined) return undefined;
  const displayName = user.human?.displayName ?? "";
  return {
    id,
    preferredLoginName: toLoginNames(store, user).preferred,
    displayName,
    organizationId: user.resourceOwner,
  };
}
