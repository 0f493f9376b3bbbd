import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { getAuthMethods } from "./auth-methods.ts";
import { checkCode } from "./codes.ts";
import {
  changeContact,
  checkEmailAddress,
  getReturnedCode,
  isConfirmed,
  newContact,
  type Verification,
} from "./contacts.ts";
import type { NewEvent } from "./event-log.ts";
import { omitUndefined } from "./event-payloads.ts";
import { type HumanRequest, type PasswordRequest, toGender } from "./humans.ts";
import { toLanguage } from "./languages.ts";
import type { Store } from "./model/store.ts";
import type { Contact, ContactKind, Human, Password, User } from "./model/user.ts";
import { checkPassword, importPassword, newPassword } from "./passwords.ts";
import { toPhoneNumber } from "./phone-numbers.ts";
import { rewindToLast, writeEvents } from "./store.ts";
import { checkUrlTemplate } from "./url-templates.ts";
import { contactVerified, passwordChanged, profileChanged } from "./user-events.ts";
import { renameUser } from "./users.ts";

/** The common part of requests that change a human. */
export interface HumanChange {
  readonly username?: string | undefined;
  readonly profile?: { readonly [Key in keyof Profile]?: Profile[Key] | undefined } | undefined;
  readonly email?: HumanRequest["email"];
  readonly phone?: HumanRequest["phone"];
  readonly password?: PasswordChange | undefined;
  /** Whether an empty phone number leaves the current one unchanged instead of removing it. Default: false. */
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

/** The human to change. */
interface Person {
  readonly user: User;
  readonly human: Human;
}

/** The result of a change. */
export interface ChangedHuman {
  /** The codes that the request asks to have returned. */
  readonly codes: { readonly emailCode?: string; readonly phoneCode?: string };
  /** As of the last event or, if nothing differs, the last event that the server has read ({@link CONSIDERED}). */
  readonly last: Pick<User, "sequence" | "changedAt" | "createdAt" | "resourceOwner">;
}

/** Changes a human. Checks everything before it writes anything. */
export function changeHuman(store: Store, find: () => Person, change: HumanChange): ChangedHuman {
  const { username, profile, email, phone, password } = change;
  if (email?.verification.case === "sendCode") checkUrlTemplate(email.verification.value.urlTemplate);
  checkEmailAddress(email?.email ?? "");
  const number = phone && (phone.phone === "" ? "" : toPhoneNumber(phone.phone));
  const target = find();
  const { user, human } = target;
  const { sequence } = user;
  const newPassword = password && toPassword(store, user, password);
  renameUser(store, user, username);
  assignChanges(store, user, human, { values: parseProfile(profile), toEvent: profileChanged });
  if (number === "" && change.isPhoneKept !== true) {
    human.phone = undefined;
    writeEvents(store, user, { type: "user.human.phone.removed" });
  }
  const newEmail =
    email &&
    changeAddress(store, target, "email", {
      address: email.email,
      verification: email.verification,
    });
  const newPhone =
    number &&
    phone &&
    changeAddress(store, target, "phone", {
      address: number,
      verification: phone.verification,
    });
  if (newPassword !== undefined) {
    human.password = newPassword;
    writeEvents(store, user, passwordChanged(newPassword.changeRequired));
  }
  const emailCode = newEmail && getReturnedCode(email.verification, newEmail);
  const phoneCode = newPhone ? getReturnedCode(phone?.verification, newPhone) : undefined;
  return {
    codes: { ...(emailCode && { emailCode }), ...(phoneCode && { phoneCode }) },
    last: user.sequence === sequence ? findLastConsidered(store, user, change) : user,
  };
}

/** Changes or verifies an address. Returns the new contact only if the address differs. */
function changeAddress(
  store: Store,
  target: Person,
  kind: ContactKind,
  { address, verification }: { readonly address: string; readonly verification: Verification },
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
    checkCode(store, getAuthMethods(store, user.id).passwordCode, value);
  }
  if (passwordType.case === "hashedPassword") {
    return importPassword(store, passwordType.value.hash, passwordType.value.changeRequired);
  }
  const { password = "", changeRequired = false } = passwordType.value ?? {};
  if (password === "") throw zitadelError(Code.InvalidArgument, "COMMAND-3klek4sbns", "Password is empty");
  return newPassword(store, password, changeRequired, { organizationId: user.resourceOwner });
}

/**
 * The events that the server reads to change a human. If nothing differs, the response has the sequence and date of the
 * last of these instead of the user's last event (UserV2WriteModel in Zitadel's internal/command).
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

function findLastConsidered(store: Store, user: User, change: HumanChange): ChangedHuman["last"] {
  const parts = (["profile", "email", "phone", "password"] as const).filter(
    (part) => change[part] !== undefined,
  );
  const eventTypes = [...CONSIDERED.always, ...parts.flatMap((part) => CONSIDERED[part])];
  return rewindToLast(store, user, eventTypes);
}

function parseProfile(profile: HumanChange["profile"]): Partial<Profile> {
  if (profile === undefined) return {};
  const { givenName, familyName, nickName, displayName, preferredLanguage, gender } = profile;
  const names = { givenName, familyName, nickName, displayName };
  return omitUndefined({
    ...names,
    preferredLanguage: preferredLanguage === undefined ? undefined : toLanguage(preferredLanguage),
    gender: gender === undefined ? undefined : toGender(gender),
  });
}

/** Assigns values to an object of a user, and writes one event with those that differ. */
export function assignChanges<T extends object>(
  store: Store,
  user: User,
  target: T,
  { values, toEvent }: { readonly values: Partial<T>; readonly toEvent: (changes: Partial<T>) => NewEvent },
): void {
  const changes = Object.entries(values).filter(([name, value]) => target[name as keyof T] !== value);
  if (changes.length === 0) return;
  Object.assign(target, values);
  // The entries come from a Partial<T>.
  writeEvents(store, user, toEvent(Object.fromEntries(changes) as Partial<T>));
}
