import { Code } from "@connectrpc/connect";
import type { ManagementService } from "../../../../gen/zitadel/management_pb.js";
import { UserFieldName } from "../../../../gen/zitadel/user_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { findUserByLoginName, toLoginNames } from "../../state/login-names.ts";
import type { Store } from "../../state/model/store.ts";
import type { User, UserState } from "../../state/model/user.ts";
import { writeEvents } from "../../state/store.ts";
import { TOKEN_TYPE } from "../../state/user-events.ts";
import {
  createUser,
  getDisplayName,
  newMachine,
  readUser,
  removeUser,
  renameUser,
  userNotFound,
} from "../../state/users.ts";
import { toChangeDetailsV1 } from "../details.ts";
import { findChanges } from "../events-v1.ts";
import { findUsers } from "../user-queries.ts";
import { STATE_V1 } from "../user-states.ts";
import { toUserViewV1 } from "../views-v1.ts";
import { toListResponse } from "./lists.ts";
import { listMemberships } from "./memberships.ts";

const SORT_KEYS: Partial<Record<UserFieldName, (user: User) => string | number>> = {
  [UserFieldName.USER_NAME]: (user) => user.username,
  [UserFieldName.FIRST_NAME]: ({ human }) => human?.givenName ?? "",
  [UserFieldName.LAST_NAME]: ({ human }) => human?.familyName ?? "",
  [UserFieldName.NICK_NAME]: ({ human }) => human?.nickName ?? "",
  [UserFieldName.DISPLAY_NAME]: getDisplayName,
  [UserFieldName.EMAIL]: ({ human }) => human?.email.address ?? "",
  [UserFieldName.STATE]: (user) => STATE_V1[user.state],
  [UserFieldName.TYPE]: ({ human }) => (human === undefined ? 2 : 1),
  [UserFieldName.CREATION_DATE]: (user) => user.createdAt,
};

/** Users of an organization, both humans and machines. */
export function createUsersV1(store: Store): Handlers<typeof ManagementService> {
  return {
    getUserByID: ({ id }, { organizationId, origin }) => {
      const user = readUser(store, id);
      if (user.resourceOwner !== organizationId) throw userNotFound("MANAG-fpo4B");
      return { user: toUserViewV1(store, user, origin) };
    },
    getUserByLoginNameGlobal: ({ loginName }, { origin }) => {
      const user = findUserByLoginName(store, loginName);
      if (user === undefined) throw userNotFound("QUERY-Dfbg2");
      return { user: toUserViewV1(store, user, origin) };
    },
    listUsers: (request, { organizationId, origin }) => {
      const { queries, sortingColumn } = request;
      const found = findUsers(store.users.values(), queries, (user) => toLoginNames(store, user).all).filter(
        (user) => user.resourceOwner === organizationId,
      );
      const sortKey = SORT_KEYS[sortingColumn] ?? (({ id }: User) => id);
      return toListResponse(store, request, found, {
        sortKey,
        view: (user) => toUserViewV1(store, user, origin),
      });
    },
    isUserUnique: ({ userName, email }) => ({
      isUnique: ![...store.users.values()].some(
        ({ username, human }) =>
          (userName === "" || username === userName) && (email === "" || human?.email.address === email),
      ),
    }),
    listUserChanges: ({ userId: aggregateId, query }, { organizationId: resourceOwner, origin }) => ({
      result: findChanges(store, { aggregateTypes: ["user"], aggregateId, resourceOwner }, query, origin),
    }),
    listUserMemberships: (request) => listMemberships(store, request.userId, request),
    addMachineUser: ({ userName, name, description, userId, accessTokenType }, { organizationId }) => {
      if (userId !== undefined && store.users.has(userId)) {
        throw zitadelError(Code.FailedPrecondition, "COMMAND-k2una", "Errors.User.AlreadyExisting");
      }
      const type = accessTokenType === TOKEN_TYPE.jwt ? "jwt" : "bearer";
      const machine = newMachine(name, description, type);
      const id = userId === "" ? undefined : userId;
      const user = createUser(store, { organizationId, id, username: userName, machine });
      return { userId: user.id, details: toChangeDetailsV1(user) };
    },
    updateUserName: ({ userId, userName }, { organizationId }) =>
      renameOwnUser(store, findOwnUser(store, userId, organizationId), userName),
    removeUser: ({ id }, { organizationId }) => {
      if (findOwnUser(store, id, organizationId) === undefined) throw userNotFound("COMMAND-m9od");
      return { details: toChangeDetailsV1(removeUser(store, id, "COMMAND-m9od")) };
    },
    ...createStateHandlers(store),
  };
}

/** Finds a user of an organization. */
export function findOwnUser(store: Store, id: string, organizationId: string): User | undefined {
  const user = store.users.get(id);
  return user?.resourceOwner === organizationId ? user : undefined;
}

/** Changes the username. Throws if it is the same. */
export function renameOwnUser(
  store: Store,
  user: User | undefined,
  userName: string,
): { details: MessageDetails } {
  if (user === undefined) throw userNotFound("COMMAND-5N9ds");
  if (user.username === userName) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-6m9gs", "Username not changed");
  }
  renameUser(store, user, userName);
  return { details: toChangeDetailsV1(user) };
}

export type MessageDetails = ReturnType<typeof toChangeDetailsV1>;

interface Transition {
  readonly to: UserState;
  readonly event: string;
  readonly from: readonly UserState[];
  /** The id of the error for an unknown user. */
  readonly unknown: string;
  /** The error for a user in a different state. */
  readonly refusal: readonly [id: string, message: string];
}

const TRANSITIONS = {
  deactivateUser: {
    to: "inactive",
    event: "user.deactivated",
    from: ["active", "locked"],
    unknown: "COMMAND-3M9ds",
    refusal: ["COMMAND-5M0sf", "User already inactive"],
  },
  reactivateUser: {
    to: "active",
    event: "user.reactivated",
    from: ["inactive"],
    unknown: "COMMAND-4M0sd",
    refusal: ["COMMAND-6M0sf", "User is not inactive"],
  },
  lockUser: {
    to: "locked",
    event: "user.locked",
    from: ["active", "initial"],
    unknown: "COMMAND-5M9fs",
    refusal: ["COMMAND-3NN8v", "User is not active or initial"],
  },
  unlockUser: {
    to: "active",
    event: "user.unlocked",
    from: ["locked"],
    unknown: "COMMAND-M0dos",
    refusal: ["COMMAND-4M0ds", "User is not locked"],
  },
} as const satisfies Record<string, Transition>;

function createStateHandlers(store: Store): Handlers<typeof ManagementService> {
  const move =
    ({ to, event, from, unknown, refusal }: Transition) =>
    ({ id }: { id: string }, { organizationId }: { organizationId: string }) => {
      const user = findOwnUser(store, id, organizationId);
      if (user === undefined) throw userNotFound(unknown);
      if (to === "inactive" && user.state === "initial") {
        const message = "User with state initial can only be deleted not deactivated";
        throw zitadelError(Code.NotFound, "COMMAND-ke0fw", message);
      }
      if (!from.includes(user.state)) throw zitadelError(Code.FailedPrecondition, ...refusal);
      user.state = to;
      writeEvents(store, user, { type: event });
      return { details: toChangeDetailsV1(user) };
    };
  return {
    deactivateUser: move(TRANSITIONS.deactivateUser),
    reactivateUser: move(TRANSITIONS.reactivateUser),
    lockUser: move(TRANSITIONS.lockUser),
    unlockUser: move(TRANSITIONS.unlockUser),
  };
}
