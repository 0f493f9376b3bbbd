import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import type { Handlers } from "../../handlers.ts";
import { newContact } from "../../state/contacts.ts";
import type { Store } from "../../state/model/store.ts";
import type { Human, Machine, User } from "../../state/model/user.ts";
import { newPassword } from "../../state/passwords.ts";
import { touch } from "../../state/store.ts";
import { checkUsername } from "../../state/users.ts";
import { changeDetails } from "../details.ts";
import type { HumanRequest } from "./human.ts";
import { writable, writableHuman, writableMachine } from "./writable.ts";

type Profile = Partial<
  Pick<Human, "givenName" | "familyName" | "nickName" | "displayName" | "preferredLanguage" | "gender">
>;

/** Changing users. */
export function updateHandlers(store: Store): Handlers<typeof UserService> {
  return {
    updateHumanUser: ({ userId, username, profile, email, phone, password }) => {
      const { user, human } = writableHuman(store, userId);
      rename(store, user, username);
      assign(store, user, human, profileOf(profile));
      changeContacts(store, user, human, { email, phone });
      if (password?.passwordType.case === "password") {
        const { password: text, changeRequired } = password.passwordType.value;
        human.password = newPassword(store, text, changeRequired);
        touch(store, user);
      }
      return { details: changeDetails(user) };
    },
    updateUser: ({ userId, username, userType }) => {
      const user = writable(store, userId);
      rename(store, user, username);
      if (userType.case === "human") {
        const { human } = writableHuman(store, userId);
        assign(store, user, human, profileOf(userType.value.profile));
        changeContacts(store, user, human, userType.value);
      } else if (userType.case === "machine") {
        const { name, description } = userType.value;
        assign<Machine>(
          store,
          user,
          writableMachine(store, userId).machine,
          definedOf({ name, description }),
        );
      }
      return { changeDate: timestampFromMs(user.changedAt) };
    },
  };
}

function rename(store: Store, user: User, username: string | undefined): void {
  if (username === undefined || username === user.username) return;
  checkUsername(store, username);
  user.username = username;
  touch(store, user);
}

function changeContacts(
  store: Store,
  user: User,
  human: Human,
  { email, phone }: Pick<HumanRequest, "email" | "phone">,
): void {
  if (email !== undefined && email.email !== human.email.address) {
    human.email = newContact(
      email.email,
      email.verification.case === "isVerified" && email.verification.value,
    );
    touch(store, user);
  }
  if (phone !== undefined && phone.phone !== human.phone?.address) {
    human.phone = newContact(
      phone.phone,
      phone.verification.case === "isVerified" && phone.verification.value,
    );
    touch(store, user);
  }
}

function profileOf(profile: { [Key in keyof Profile]: Profile[Key] | undefined } | undefined): Profile {
  if (profile === undefined) return {};
  const { givenName, familyName, nickName, displayName, preferredLanguage, gender } = profile;
  return definedOf({ givenName, familyName, nickName, displayName, preferredLanguage, gender });
}

/** Only what differs is a change, and all of it is one event. */
function assign<T extends object>(store: Store, user: User, target: T, values: Partial<T>): void {
  const changed = Object.entries(values).some(([name, value]) => target[name as keyof T] !== value);
  if (!changed) return;
  Object.assign(target, values);
  touch(store, user);
}

function definedOf<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
