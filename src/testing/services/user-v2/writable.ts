import { Code } from "@connectrpc/connect";
import { zitadelError } from "../../errors.ts";
import type { Store } from "../../state/model/store.ts";
import type { Human, Machine, User } from "../../state/model/user.ts";
import { userNotFound } from "../../state/users.ts";

/** The response where a user is not there, or is of the other type; most commands have an id of their own for it. */
type Unknown = () => Error;

const NOT_FOUND: Unknown = () => userNotFound("COMMAND-ugjs0upun6");

/** The human that a write is about. */
export function writableHuman(store: Store, id: string, unknown = NOT_FOUND): { user: User; human: Human } {
  const user = store.users.get(id);
  if (user?.human === undefined) throw unknown();
  return { user, human: user.human };
}

/** The machine that a write is about. */
export function writableMachine(
  store: Store,
  id: string,
  unknown = NOT_FOUND,
): { user: User; machine: Machine } {
  const user = store.users.get(id);
  if (user?.machine === undefined) throw unknown();
  return { user, machine: user.machine };
}

/** The user that a write is about. */
export function writable(store: Store, id: string, unknown = NOT_FOUND): User {
  const user = store.users.get(id);
  if (user === undefined) throw unknown();
  return user;
}

/** The response of commands that want the user to be there before anything else. */
export function userRequired(id: string, message = "User could not be found"): Unknown {
  return () => zitadelError(Code.FailedPrecondition, id, message);
}
