import { loginNames } from "../state/login-names.ts";
import type { Store } from "../state/model/store.ts";

/** What tells, in the views of other things, who a user is. */
export interface UserReference {
  readonly id: string;
  readonly preferredLoginName: string;
  readonly displayName: string;
  readonly organizationId: string;
}

/** A user as other things name one; undefined where there is none any more. Of machines the display name is empty. */
export function userReference(store: Store, id: string): UserReference | undefined {
  const user = store.users.get(id);
  if (user === undefined) return undefined;
  const displayName = user.human?.displayName ?? "";
  return {
    id,
    preferredLoginName: loginNames(store, user).preferred,
    displayName,
    organizationId: user.resourceOwner,
  };
}
