import { toLoginNames } from "../state/login-names.ts";
import type { Store } from "../state/model/store.ts";

/** A user as other objects show it. */
export interface UserReference {
  readonly id: string;
  readonly preferredLoginName: string;
  readonly displayName: string;
  readonly organizationId: string;
}

/** A user as other objects show it. Undefined if it was removed. Machines have an empty display name. */
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

/** The same with the name of the avatar, where the server shows it without an origin. Empty if there is none. */
export function toUserWithAvatar(
  store: Store,
  id: string,
): (UserReference & { readonly avatarUrl: string }) | undefined {
  const reference = toUserReference(store, id);
  return reference && { ...reference, avatarUrl: store.users.get(id)?.human?.avatarKey ?? "" };
}
