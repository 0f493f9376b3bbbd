import { Code } from "@connectrpc/connect";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import type { Store } from "../../state/model/store.ts";
import type { User, UserState } from "../../state/model/user.ts";
import { writeEvents } from "../../state/store.ts";
import { userNotFound } from "../../state/users.ts";
import { changeDetails } from "../details.ts";

interface Transition {
  readonly to: UserState;
  readonly event: string;
  /** The id of the answer to an unknown user. */
  readonly unknown: string;
  /** Throws where the transition is not possible. */
  check(user: User): void;
}

const TRANSITIONS = {
  lockUser: {
    to: "locked",
    event: "user.locked",
    unknown: "COMMAND-450yxuqrh1",
    check: ({ state }) => {
      if (state !== "active") throw precondition("COMMAND-lgws8wtsqf", "User is not active or initial");
    },
  },
  unlockUser: {
    to: "active",
    event: "user.unlocked",
    unknown: "COMMAND-x377t913pw",
    check: ({ state }) => {
      if (state !== "locked") throw precondition("COMMAND-olb9vb0oca", "User is not locked");
    },
  },
  deactivateUser: {
    to: "inactive",
    event: "user.deactivated",
    unknown: "COMMAND-5gp2p62iin",
    check: ({ state }) => {
      if (state === "inactive") throw precondition("COMMAND-5gunjw0cd7", "User already inactive");
    },
  },
  reactivateUser: {
    to: "active",
    event: "user.reactivated",
    unknown: "COMMAND-9hy5kzbuk6",
    check: ({ state }) => {
      if (state !== "inactive") throw precondition("COMMAND-s5qqcz97hf", "User is not inactive");
    },
  },
} as const satisfies Record<string, Transition>;
/** The states of a user. */
export function stateHandlers(store: Store): Handlers<typeof UserService> {
  const move =
    ({ to, event, unknown, check }: Transition) =>
    ({ userId }: { userId: string }) => {
      const user = store.users.get(userId);
      if (user === undefined) throw userNotFound(unknown);
      check(user);
      user.state = to;
      writeEvents(store, user, { type: event });
      return { details: changeDetails(user) };
    };
  return {
    lockUser: move(TRANSITIONS.lockUser),
    unlockUser: move(TRANSITIONS.unlockUser),
    deactivateUser: move(TRANSITIONS.deactivateUser),
    reactivateUser: move(TRANSITIONS.reactivateUser),
  };
}
function precondition(id: string, message: string): Error {
  return zitadelError(Code.FailedPrecondition, id, message);
}
