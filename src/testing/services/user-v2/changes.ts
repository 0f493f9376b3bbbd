import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { DetailsSchema } from "../../../../gen/zitadel/object/v2/object_pb.js";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { authMethodsFor } from "../../state/auth-methods.ts";
import { checkCode } from "../../state/codes.ts";
import {
  changeContact,
  checkEmailAddress,
  isConfirmed,
  newContact,
  returnedCode,
  type Verification,
} from "../../state/contacts.ts";
import type { NewEvent } from "../../state/event-log.ts";
import { type HumanRequest, type PasswordRequest, toGender, toLanguage } from "../../state/humans.ts";
import { setMetadata } from "../../state/metadata.ts";
import type { Store } from "../../state/model/store.ts";
import type { Contact, ContactKind, Human, Machine, Password, User } from "../../state/model/user.ts";
import { checkPassword, importedPassword, newPassword } from "../../state/passwords.ts";
import { toPhoneNumber } from "../../state/phone-numbers.ts";
import { writeEvents } from "../../state/store.ts";
import { checkUrlTemplate } from "../../state/url-templates.ts";
import { contactVerified, machineChanged, passwordChanged, profileChanged } from "../../state/user-events.ts";
import { renameUser } from "../../state/users.ts";
import { changeDetails } from "../details.ts";
import { type Newer, toTokenType } from "./creation.ts";
import { writableHuman, writableMachine } from "./writable.ts";

/** What requests that change a human have in common. */
interface HumanChange {
  readonly profile?: { readonly [Key in keyof Profile]?: Profile[Key] | undefined } | undefined;
  readonly email?: HumanRequest["email"];
  readonly phone?: HumanRequest["phone"];
  readonly password?: PasswordChange | undefined;
  /** An empty phone number takes none away. Default: it does. */
  readonly isPhoneKept?: boolean;
}

type Profile = Pick<
  Human,
  "givenName" | "familyName" | "nickName" | "displayName" | "preferredLanguage" | "gender"
>;

interface PasswordChange {
  readonly passwordType: PasswordRequest;
  readonly verification: { readonly case?: string | undefined; readonly value?: string | undefined };
}

/** Changing users. */
export function updateHandlers(store: Store): Handlers<typeof UserService> {
  return {
    updateHumanUser: ({ userId, username, ...change }) => {
      const { user, codes, details } = changeHuman(store, userId, username, {
        ...change,
        profile: change.profile && {
          ...change.profile,
          givenName: change.profile.givenName || undefined,
          familyName: change.profile.familyName || undefined,
        },
        isPhoneKept: true,
      });
      return { details: details ?? changeDetails(user), ...codes };
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
      const { user, codes } = changeHuman(store, userId, username, userType.value);
      setMetadata(store, user, metadata);
      return { changeDate: timestampFromMs(user.changedAt), ...codes };
    },
  };
}

interface ChangedHuman {
  readonly user: User;
  readonly codes: { readonly emailCode?: string; readonly phoneCode?: string };
  /** Where nothing is different. */
  readonly details: MessageInitShape<typeof DetailsSchema> | undefined;
}

/** Everything is checked before anything is written. */
function changeHuman(
  store: Store,
  userId: string,
  username: string | undefined,
  change: HumanChange,
): ChangedHuman {
  const { profile, email, phone, password } = change;
  if (email?.verification.case === "sendCode") checkUrlTemplate(email.verification.value.urlTemplate);
  checkEmailAddress(email?.email ?? "");
  const number = phone && (phone.phone === "" ? "" : toPhoneNumber(phone.phone));
  const { user, human } = writableHuman(store, userId);
  const sequence = user.sequence;
  const newPassword = password && toPassword(store, user, password);
  renameUser(store, user, username);
  assign(store, user, human, profileOf(profile), profileChanged);
  const target = { user, human };
  if (number === "" && change.isPhoneKept !== true) {
    human.phone = undefined;
    writeEvents(store, user, { type: "user.human.phone.removed" });
  }
  const newEmail = email && changeAddress(store, target, "email", email.email, email.verification);
  const newPhone = number && phone && changeAddress(store, target, "phone", number, phone.verification);
  if (newPassword !== undefined) {
    human.password = newPassword;
    writeEvents(store, user, passwordChanged(newPassword.changeRequired));
  }
  const emailCode = newEmail && returnedCode(email.verification, newEmail);
  const phoneCode = newPhone ? returnedCode(phone?.verification, newPhone) : undefined;
  return {
    user,
    codes: { ...(emailCode && { emailCode }), ...(phoneCode && { phoneCode }) },
    details: user.sequence === sequence ? unchangedDetails(store, user, change) : undefined,
  };
}

/** Undefined where nothing is different. One that is only verified now stays as it is otherwise. */
function changeAddress(
  store: Store,
  target: { readonly user: User; readonly human: Human },
  kind: ContactKind,
  address: string,
  verification: Verification,
): Contact | undefined {
  const verified = verification.case === "isVerified" && verification.value;
  const { [kind]: current } = target.human;
  if (address !== current?.address) {
    return changeContact(store, target, kind, newContact(store, kind, address, verified));
  }
  if (!verified || isConfirmed(current)) return undefined;
  target.human[kind] = { address, verified };
  writeEvents(store, target.user, contactVerified(kind));
  return undefined;
}

function toPassword(
  store: Store,
  user: User,
  { passwordType, verification }: PasswordChange,
): Password | undefined {
  const { case: by, value = "" } = verification;
  if (by === "currentPassword" && value !== "") {
    const { password: wanted } = passwordType.case === "password" ? passwordType.value : {};
    checkPassword(store, user.id, value, ({ text }) => text !== wanted);
  }
  if (by === "verificationCode" && value !== "") {
    checkCode(store, authMethodsFor(store, user.id).passwordCode, value);
  }
  if (passwordType.case === "hashedPassword") {
    return importedPassword(store, passwordType.value.hash, passwordType.value.changeRequired);
  }
  const { password = "", changeRequired = false } = passwordType.value ?? {};
  if (password === "") throw zitadelError(Code.InvalidArgument, "COMMAND-3klek4sbns", "Password is empty");
  return newPassword(store, password, changeRequired, { organizationId: user.resourceOwner });
}

function changeMachine(
  store: Store,
  userId: string,
  username: string | undefined,
  change: { readonly name?: string | undefined; readonly description?: string | undefined } & Newer,
): User {
  const { user, machine } = writableMachine(store, userId);
  const { name, description, accessTokenType: type } = change;
  const accessTokenType = type === undefined ? undefined : toTokenType(type);
  renameUser(store, user, username);
  assign<Machine>(store, user, machine, definedOf({ name, description, accessTokenType }), machineChanged);
  return user;
}

/**
 * What the server looks at to change a human. Where nothing is different, the response tells of the last of these events
 * instead of the last one of all (UserV2WriteModel in Zitadel's internal/command).
 */
const CONSIDERED = {
  always: ["added", "selfregistered"]
    .map((name) => `user.human.${name}`)
    .concat(
      ["username.changed", "locked", "unlocked", "deactivated", "reactivated"].map((name) => `user.${name}`),
    ),
  profile: ["user.human.profile.changed"],
  email: contactEvents("email"),
  phone: contactEvents("phone"),
  password: ["changed", "code.added", "check.failed", "check.succeeded"].map(
    (name) => `user.human.password.${name}`,
  ),
} as const;

function contactEvents(kind: ContactKind): string[] {
  const names = ["changed", "code.added", "verified", "verification.failed", "removed"];
  return names.map((name) => `user.human.${kind}.${name}`);
}

function unchangedDetails(
  store: Store,
  user: User,
  change: HumanChange,
): MessageInitShape<typeof DetailsSchema> | undefined {
  const parts = (["profile", "email", "phone", "password"] as const).filter(
    (part) => change[part] !== undefined,
  );
  const eventTypes = [...CONSIDERED.always, ...parts.flatMap((part) => CONSIDERED[part])];
  const object = { aggregateTypes: ["user"], aggregateId: user.id };
  const [event] = store.events.find({ ...object, eventTypes, asc: false, limit: 1 });
  if (event === undefined) return undefined;
  return changeDetails({ ...user, sequence: event.sequence, changedAt: Math.floor(event.at / 1_000) });
}

function profileOf(profile: HumanChange["profile"]): Partial<Profile> {
  if (profile === undefined) return {};
  const { givenName, familyName, nickName, displayName, preferredLanguage, gender } = profile;
  const names = { givenName, familyName, nickName, displayName };
  return definedOf({
    ...names,
    preferredLanguage: preferredLanguage === undefined ? undefined : toLanguage(preferredLanguage),
    gender: gender === undefined ? undefined : toGender(gender),
  });
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
