import { Code } from "@connectrpc/connect";
import { zitadelError } from "../../errors.ts";
import type { Store } from "../../state/model/store.ts";
import type { Human, Machine, User } from "../../state/model/user.ts";
import { userNotFound } from "../../state/users.ts";

/** The human that a write is about. */
export function writableHuman(store: Store, id: string): { user: User; human: Human } {
  const user = writable(store, id);
  if (user.human === undefined) throw wrongType("COMMAND-ugjs0upun6", "User must be human");
  return { user, human: user.human };
}

/** The machine that a write is about. */
export function writableMachine(store: Store, id: string): { user: User; machine: Machine } {
  const user = writable(store, id);
  if (user.machine === undefined) throw wrongType("COMMAND-bf50xi", "User must be of type machine");
  return { user, machine: user.machine };
}

/** The user that a write is about. */
export function writable(store: Store, id: string): User {
  const user = store.users.get(id);
  if (user === undefined) throw userNotFound("COMMAND-ugjs0upun6");
  return user;
}

function wrongType(id: string, message: string): Error {
  return zitadelError(Code.FailedPrecondition, id, message);
}
