import { Code } from "@connectrpc/connect";
import { zitadelError } from "../../errors.ts";
import type { Store } from "../../state/model/store.ts";
import type { Human, Machine, User } from "../../state/model/user.ts";
import { userNotFound } from "../../state/users.ts";

/** Creates the error for a user who does not exist, or is of the wrong type. Most commands have their own error id. */
type Unknown = () => Error;

const NOT_FOUND: Unknown = () => userNotFound("COMMAND-ugjs0upun6");

/** Finds the human to change. */
export function requireHuman(store: Store, id: string, unknown = NOT_FOUND): { user: User; human: Human } {
  const user = store.users.get(id);
  if (user?.human === undefined) throw unknown();
  return { user, human: user.human };
}

/** Finds the machine to change. */
export function requireMachine(
  store: Store,
  id: string,
  unknown = NOT_FOUND,
): { user: User; machine: Machine } {
  const user = store.users.get(id);
  if (user?.machine === undefined) throw unknown();
  return { user, machine: user.machine };
}

/** Finds the user to change. */
export function requireUser(store: Store, id: string, unknown = NOT_FOUND): User {
  const user = store.users.get(id);
  if (user === undefined) throw unknown();
  return user;
}

/** The error of commands that first check that the user exists. */
export function userRequired(id: string, message = "User could not be found"): Unknown {
  return () => zitadelError(Code.FailedPrecondition, id, message);
}
