import { toLoginNames } from "../state/login-names.ts";
import type { Store } from "../state/model/store.ts";
import { getDisplayName } from "../state/users.ts";
import { textMatches } from "./matching.ts";

/** A user, as objects that refer to it show it. */
export interface UserReference {
  readonly id: string;
  readonly preferredLoginName: string;
  readonly displayName: string;
  readonly organizationId: string;
}

/** Creates the reference to a user. Undefined if the user was removed. Machines have an empty display name. */
export function toUserReference(store: Store, id: string): UserReference | undefined {
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

/** The same with the name of the avatar, for responses where the server omits its origin. Empty if there is none. */
export function toUserWithAvatar(
  store: Store,
  id: string,
): (UserReference & { readonly avatarUrl: string }) | undefined {
  const reference = toUserReference(store, id);
  return reference && { ...reference, avatarUrl: store.users.get(id)?.human?.avatarKey ?? "" };
}

/** Whether a user's preferred login name matches a filter. */
export function matchesLoginName(store: Store, userId: string, part: string, method: number): boolean {
  return textMatches(toUserReference(store, userId)?.preferredLoginName ?? "", part, method);
}

/** Whether a user's display name matches a filter. A removed user does not match. */
export function matchesDisplayName(store: Store, userId: string, part: string, method: number): boolean {
  const user = store.users.get(userId);
  return user !== undefined && textMatches(getDisplayName(user), part, method);
}
