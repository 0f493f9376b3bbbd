import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { newContact } from "../../state/contacts.ts";
import type { NewEvent } from "../../state/event-log.ts";
import type { Store } from "../../state/model/store.ts";
import type { Human, Machine, Password, User, UserState } from "../../state/model/user.ts";
import { newPassword } from "../../state/passwords.ts";
import { writeEvents } from "../../state/store.ts";
import { contactChanged, machineChanged, passwordChanged, profileChanged } from "../../state/user-events.ts";
import { checkUsername, userNotFound } from "../../state/users.ts";
import { changeDetails } from "../details.ts";
import type { HumanRequest } from "./creation.ts";
import { writable, writableHuman, writableMachine } from "./writable.ts";

type Profile = Partial<
  Pick<Human, "givenName" | "familyName" | "nickName" | "displayName" | "preferredLanguage" | "gender">
>;

/** Changing users. */
export function updateHandlers(store: Store): Handlers<typeof UserService> {
  return {
    updateHumanUser: ({ userId, username, profile, email, phone, password }) => {
      const { user, human } = writableHuman(store, userId);
      const wanted = toPassword(store, password?.passwordType);
      rename(store, user, username);
      assign(store, user, human, profileOf(profile), profileChanged);
      changeContacts(store, user, human, { email, phone });
      if (wanted !== undefined) {
        human.password = wanted;
        writeEvents(store, user, passwordChanged(wanted.changeRequired));
      }
      return { details: changeDetails(user) };
    },
    updateUser: ({ userId, username, userType }) => {
      const user = writable(store, userId);
      rename(store, user, username);
      if (userType.case === "human") {
        const { human } = writableHuman(store, userId);
        assign(store, user, human, profileOf(userType.value.profile), profileChanged);
        changeContacts(store, user, human, userType.value);
      } else if (userType.case === "machine") {
        const { name, description } = userType.value;
        const { machine } = writableMachine(store, userId);
        assign<Machine>(store, user, machine, definedOf({ name, description }), machineChanged);
      }
      return { changeDate: timestampFromMs(user.changedAt) };
    },
  };
}

/** Checked before anything is written. */
function toPassword(store: Store, wanted: HumanRequest["passwordType"] | undefined): Password | undefined {
  if (wanted?.case !== "password") return undefined;
  return newPassword(store, wanted.value.password, wanted.value.changeRequired);
}

function rename(store: Store, user: User, username: string | undefined): void {
  if (username === undefined || username === user.username) return;
  checkUsername(store, username);
  user.username = username;
  writeEvents(store, user, { type: "user.username.changed", payload: { userName: username } });
}

function changeContacts(
  store: Store,
  user: User,
  human: Human,
  { email, phone }: Pick<HumanRequest, "email" | "phone">,
): void {
  if (email !== undefined && email.email !== human.email.address) {
    human.email = newContact(email.email, email.verification);
    writeEvents(store, user, ...contactChanged("email", human.email));
  }
  if (phone !== undefined && phone.phone !== human.phone?.address) {
    human.phone = newContact(phone.phone, phone.verification);
    writeEvents(store, user, ...contactChanged("phone", human.phone));
  }
}

function profileOf(profile: { [Key in keyof Profile]: Profile[Key] | undefined } | undefined): Profile {
  if (profile === undefined) return {};
  const { givenName, familyName, nickName, displayName, preferredLanguage, gender } = profile;
  return definedOf({ givenName, familyName, nickName, displayName, preferredLanguage, gender });
}

/** Only what differs is a change, and all of it is one event. */
function assign<T extends object>(
  store: Store,
  user: User,
  target: T,
  values: Partial<T>,
  toEvent: (changes: Partial<T>) => NewEvent,
): void {
  const changes = Object.entries(values).filter(([name, value]) => target[name as keyof T] !== value);
  if (changes.length === 0) return;
  Object.assign(target, values);
  // They are of the type that they were taken from.
  writeEvents(store, user, toEvent(Object.fromEntries(changes) as Partial<T>));
}

function definedOf<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}

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
    unknown: "COMMAND-450yxuqrh2",
    check: ({ state }) => {
      if (state !== "locked") throw precondition("COMMAND-olb9vb0oca", "User is not locked");
    },
  },
  deactivateUser: {
    to: "inactive",
    event: "user.deactivated",
    unknown: "COMMAND-78iiirat8y",
    check: ({ state }) => {
      if (state === "inactive") throw precondition("COMMAND-5gunjw0cd7", "User already inactive");
    },
  },
  reactivateUser: {
    to: "active",
    event: "user.reactivated",
    unknown: "COMMAND-9xbs0oxsjk",
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
