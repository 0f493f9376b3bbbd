import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { preconditionError, zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { omitUndefined } from "../../state/event-payloads.ts";
import { assignChanges, changeHuman } from "../../state/human-changes.ts";
import { setMetadata } from "../../state/metadata.ts";
import type { Store } from "../../state/model/store.ts";
import type { Machine, User, UserState } from "../../state/model/user.ts";
import { writeEvents } from "../../state/store.ts";
import { machineChanged } from "../../state/user-events.ts";
import { renameUser, userNotFound } from "../../state/users.ts";
import { toChangeDetails } from "../details.ts";
import { type Newer, toTokenType } from "./creation.ts";
import { requireHuman, requireMachine } from "./writable.ts";

/** Changes of users. */
export function createUpdateHandlers(store: Store): Handlers<typeof UserService> {
  return {
    updateHumanUser: ({ userId, ...change }) => {
      const { profile } = change;
      const { codes, last } = changeHuman(store, () => requireHuman(store, userId), {
        ...change,
        profile: profile && {
          ...profile,
          givenName: profile.givenName || undefined,
          familyName: profile.familyName || undefined,
        },
        isPhoneKept: true,
      });
      return { details: toChangeDetails(last), ...codes };
    },
    updateUser: ({ userId, username, userType, ...more }) => {
      const { metadata = [] } = more as Newer;
      if (userType.case === "machine") {
        const user = changeMachine(store, userId, username, userType.value);
        setMetadata(store, user, metadata);
        return { changeDate: timestampFromMs(user.changedAt) };
      }
      if (userType.case === undefined) {
        throw zitadelError(Code.Unimplemented, "", "user type is not implemented");
      }
      const { phone } = userType.value;
      if (phone?.phone === "" && phone.verification.case !== undefined) {
        const message = "Verifying phone removal is not supported";
        throw zitadelError(Code.InvalidArgument, "USERv2-4f3d6", message);
      }
      const change = { ...userType.value, username };
      const { codes, last } = changeHuman(store, () => requireHuman(store, userId), change);
      const { user } = requireHuman(store, userId);
      setMetadata(store, user, metadata);
      return { changeDate: timestampFromMs(metadata.length > 0 ? user.changedAt : last.changedAt), ...codes };
    },
  };
}

function changeMachine(
  store: Store,
  userId: string,
  username: string | undefined,
  change: { readonly name?: string | undefined; readonly description?: string | undefined } & Newer,
): User {
  const { user, machine } = requireMachine(store, userId);
  const { name, description, accessTokenType: type } = change;
  const accessTokenType = type === undefined ? undefined : toTokenType(type);
  renameUser(store, user, username);
  const values = omitUndefined({ name, description, accessTokenType });
  assignChanges<Machine>(store, user, machine, { values, toEvent: machineChanged });
  return user;
}

interface Transition {
  readonly to: UserState;
  readonly event: string;
  /** The id of the error for an unknown user. */
  readonly unknown: string;
  /** Throws if the transition is not possible. */
  check(user: User): void;
}

const TRANSITIONS = {
  lockUser: {
    to: "locked",
    event: "user.locked",
    unknown: "COMMAND-450yxuqrh1",
    check: ({ state }) => {
      if (state !== "active") throw preconditionError("COMMAND-lgws8wtsqf", "User is not active or initial");
    },
  },
  unlockUser: {
    to: "active",
    event: "user.unlocked",
    unknown: "COMMAND-x377t913pw",
    check: ({ state }) => {
      if (state !== "locked") throw preconditionError("COMMAND-olb9vb0oca", "User is not locked");
    },
  },
  deactivateUser: {
    to: "inactive",
    event: "user.deactivated",
    unknown: "COMMAND-5gp2p62iin",
    check: ({ state }) => {
      if (state === "inactive") throw preconditionError("COMMAND-5gunjw0cd7", "User already inactive");
    },
  },
  reactivateUser: {
    to: "active",
    event: "user.reactivated",
    unknown: "COMMAND-9hy5kzbuk6",
    check: ({ state }) => {
      if (state !== "inactive") throw preconditionError("COMMAND-s5qqcz97hf", "User is not inactive");
    },
  },
} as const satisfies Record<string, Transition>;

/** Changes of a user's state. */
export function createStateHandlers(store: Store): Handlers<typeof UserService> {
  const move =
    ({ to, event, unknown, check }: Transition) =>
    ({ userId }: { userId: string }) => {
      const user = store.users.get(userId);
      if (user === undefined) throw userNotFound(unknown);
      check(user);
      user.state = to;
      writeEvents(store, user, { type: event });
      return { details: toChangeDetails(user) };
    };
  return {
    lockUser: move(TRANSITIONS.lockUser),
    unlockUser: move(TRANSITIONS.unlockUser),
    deactivateUser: move(TRANSITIONS.deactivateUser),
    reactivateUser: move(TRANSITIONS.reactivateUser),
  };
}
