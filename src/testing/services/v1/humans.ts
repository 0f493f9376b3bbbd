import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { ManagementService } from "../../../../gen/zitadel/management_pb.js";
import type { EmailSchema, PhoneSchema, ProfileSchema } from "../../../../gen/zitadel/user_pb.js";
import { preconditionError, zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { removeAvatar } from "../../state/assets.ts";
import { changeContact, checkEmailAddress, newContact, renewContactCode } from "../../state/contacts.ts";
import { createHuman, type PasswordRequest, toGender } from "../../state/humans.ts";
import { toLanguage } from "../../state/languages.ts";
import type { Store } from "../../state/model/store.ts";
import type { ContactKind, Human, User } from "../../state/model/user.ts";
import { newPassword } from "../../state/passwords.ts";
import { toPhoneNumber } from "../../state/phone-numbers.ts";
import { writeEvents } from "../../state/store.ts";
import {
  contactChanged,
  contactVerified,
  initialCodeAdded,
  passwordChanged,
  profileChanged,
} from "../../state/user-events.ts";
import { userNotFound } from "../../state/users.ts";
import { toAddDetailsV1, toChangeDetailsV1, toObjectDetailsV1 } from "../details.ts";
import { toEmailViewV1, toPhoneViewV1, toProfileViewV1 } from "../views-v1.ts";
import { findOwnUser, type MessageDetails } from "./users.ts";

/** Humans of an organization. */
export function createHumansV1(store: Store): Handlers<typeof ManagementService> {
  const find = (id: string, { organizationId }: { organizationId: string }) =>
    findOwnUser(store, id, organizationId);
  return {
    addHumanUser: (request, { organizationId }) => {
      const passwordType = toPasswordType(request.initialPassword, true);
      const initial = request.email?.isEmailVerified !== true || passwordType.case === undefined;
      const user = createHumanV1(store, organizationId, request, { passwordType, initial });
      return { userId: user.id, details: toAddDetailsV1(user) };
    },
    importHumanUser: (request, { organizationId }) => importHuman(store, organizationId, request),
    getHumanProfile: ({ userId }, context) => readProfile(find(userId, context), context.origin),
    updateHumanProfile: ({ userId, ...profile }, context) =>
      changeProfile(store, find(userId, context), profile),
    getHumanEmail: ({ userId }, context) => readEmail(find(userId, context)),
    updateHumanEmail: ({ userId, email, isEmailVerified }, context) =>
      changeEmail(store, find(userId, context), email, isEmailVerified),
    resendHumanEmailVerification: ({ userId }, context) => resendEmailCode(store, find(userId, context)),
    resendHumanInitialization: ({ userId, email }, context) => {
      const user = find(userId, context);
      if (user?.human === undefined) throw userNotFound("COMMAND-2M9df");
      if (user.state !== "initial") throw preconditionError("COMMAND-2M9sd", "User is already initialized");
      if (email !== "" && email !== user.human.email.address) {
        user.human.email = { address: email, verified: false };
        writeEvents(store, user, ...contactChanged("email", user.human.email));
      }
      writeEvents(store, user, initialCodeAdded(store));
      return { details: toChangeDetailsV1(user) };
    },
    getHumanPhone: ({ userId }, context) => readPhone(find(userId, context)),
    updateHumanPhone: ({ userId, phone, isPhoneVerified }, context) =>
      changePhone(store, find(userId, context), phone, isPhoneVerified),
    removeHumanPhone: ({ userId }, context) => removePhone(store, find(userId, context)),
    resendHumanPhoneVerification: ({ userId }, context) => resendPhoneCode(store, find(userId, context)),
    removeHumanAvatar: ({ userId }, context) => takeAvatar(store, find(userId, context)),
    setHumanInitialPassword: ({ userId, password }, context) =>
      setPassword(store, find(userId, context), password, true),
    setHumanPassword: ({ userId, password, noChangeRequired }, context) =>
      setPassword(store, find(userId, context), password, !noChangeRequired),
    sendHumanResetPasswordNotification: ({ userId }, context) => {
      const user = find(userId, context);
      if (user?.human === undefined) throw preconditionError("COMMAND-Hj9ds", "User could not be found");
      if (user.state === "initial") throw preconditionError("COMMAND-2M9sd", "User is not yet initialized");
      writeEvents(store, user, { type: "user.human.password.code.added" });
      return { details: toChangeDetailsV1(user) };
    },
  };
}

interface RequestV1 {
  readonly userName: string;
  readonly profile?: Partial<ProfileRequest> | undefined;
  readonly email?: { readonly email: string; readonly isEmailVerified: boolean } | undefined;
  readonly phone?: { readonly phone: string; readonly isPhoneVerified: boolean } | undefined;
}

/** Creates a human from a v1 request. `initial`: in the state `initial`, with an initialization code. */
export function createHumanV1(
  store: Store,
  organizationId: string,
  { userName: username, profile, email, phone }: RequestV1,
  { passwordType, initial }: { readonly passwordType: PasswordRequest; readonly initial: boolean },
): User {
  const { firstName: givenName = "", lastName: familyName = "", ...names } = profile ?? {};
  const isVerified = (verified: boolean) =>
    verified ? ({ case: "isVerified", value: true } as const) : { case: undefined };
  const request = {
    profile: { givenName, familyName, ...names },
    email: { email: email?.email ?? "", verification: isVerified(email?.isEmailVerified === true) },
    phone: phone && { phone: phone.phone, verification: isVerified(phone.isPhoneVerified) },
    metadata: [],
    passwordType,
  };
  return createHuman(store, request, { id: undefined, username, organizationId, initial }).user;
}

/** Reads the password of a request. An empty one means that there is none. */
export function toPasswordType(password: string, changeRequired: boolean): PasswordRequest {
  return password === "" ? { case: undefined } : { case: "password", value: { password, changeRequired } };
}

type ImportRequest = RequestV1 & {
  readonly password: string;
  readonly passwordChangeRequired: boolean;
  readonly hashedPassword?: { readonly value: string } | undefined;
  readonly requestPasswordlessRegistration: boolean;
};

const REGISTRATION = { seconds: 3_600n };

function importHuman(store: Store, organizationId: string, request: ImportRequest) {
  const { password, passwordChangeRequired: changeRequired, hashedPassword, email } = request;
  const { requestPasswordlessRegistration: passwordless } = request;
  // The errors for an invalid password have the ids of a password change.
  if (password !== "") newPassword(store, password, changeRequired, { organizationId });
  const passwordType: PasswordRequest =
    hashedPassword === undefined || password !== ""
      ? toPasswordType(password, changeRequired)
      : { case: "hashedPassword", value: { hash: hashedPassword.value, changeRequired } };
  const initial = email?.isEmailVerified !== true || (!passwordless && passwordType.case === undefined);
  // The import of an initial user does not verify the email address.
  const known =
    initial && email !== undefined ? { ...request, email: { ...email, isEmailVerified: false } } : request;
  const user = createHumanV1(store, organizationId, known, { passwordType, initial });
  if (!passwordless) return { userId: user.id, details: toAddDetailsV1(user) };
  writeEvents(store, user, { type: "user.human.passwordless.initialization.code.added" });
  const link = `http://${store.domain}/ui/login/login/passwordless/init?userID=${user.id}&codeID=${store.newId()}`;
  const passwordlessRegistration = { link, lifetime: REGISTRATION, expiration: REGISTRATION };
  return { userId: user.id, details: toAddDetailsV1(user), passwordlessRegistration };
}

type Details<T> = { details: MessageDetails } & T;

export function readProfile(
  user: User | undefined,
  origin: string,
): Details<{ profile: MessageInitShape<typeof ProfileSchema> }> {
  const human = readHuman(user, "QUERY-HNhb3", "QUERY-WLTce");
  return { details: toObjectDetailsV1(human.user), profile: toProfileViewV1(human.user, human, origin) };
}

export function readEmail(user: User | undefined): Details<{ email: MessageInitShape<typeof EmailSchema> }> {
  const human = readHuman(user, "QUERY-Hms2s", "QUERY-pt7HY");
  return { details: toObjectDetailsV1(human.user), email: toEmailViewV1(human) };
}

export function readPhone(user: User | undefined): Details<{ phone: MessageInitShape<typeof PhoneSchema> }> {
  const human = readHuman(user, "QUERY-he2eg", "QUERY-hliQl");
  return { details: toObjectDetailsV1(human.user), phone: toPhoneViewV1(human) };
}

function readHuman(user: User | undefined, unknown: string, machine: string): Human & { user: User } {
  if (user === undefined) throw userNotFound(unknown);
  if (user.human === undefined) throw preconditionError(machine, "The User must be personal");
  return { ...user.human, user };
}

interface ProfileRequest {
  readonly firstName: string;
  readonly lastName: string;
  readonly nickName: string;
  readonly displayName: string;
  readonly preferredLanguage: string;
  readonly gender: number;
}

export function changeProfile(
  store: Store,
  user: User | undefined,
  { firstName, lastName, nickName, displayName, preferredLanguage, gender }: ProfileRequest,
): Details<object> {
  if (user?.human === undefined) throw preconditionError("COMMAND-3M9sd", "Profile not found");
  const wanted = {
    givenName: firstName,
    familyName: lastName,
    nickName,
    displayName,
    preferredLanguage: toLanguage(preferredLanguage),
    gender: toGender(gender),
  };
  const { human } = user;
  const names = Object.keys(wanted) as (keyof typeof wanted)[];
  const changes = names.filter((name) => wanted[name] !== human[name]);
  if (changes.length === 0) throw preconditionError("COMMAND-2M0fs", "Profile not changed");
  Object.assign(human, wanted);
  writeEvents(store, user, profileChanged(Object.fromEntries(changes.map((name) => [name, wanted[name]]))));
  return { details: toChangeDetailsV1(user) };
}

export function changeEmail(
  store: Store,
  user: User | undefined,
  address: string,
  verified: boolean,
): Details<object> {
  checkEmailAddress(address);
  if (user?.human === undefined) throw preconditionError("COMMAND-0Pe4r", "Email not found");
  if (user.state === "initial") throw preconditionError("COMMAND-J8dsk", "User is not yet initialized");
  const { email } = user.human;
  const isOther = email.address !== address;
  if (!isOther && (!verified || email.verified))
    throw preconditionError("COMMAND-2b7fM", "Email not changed");
  setContact(store, { user, human: user.human }, "email", { address, verified, isOther });
  return { details: toChangeDetailsV1(user) };
}

export function resendEmailCode(store: Store, user: User | undefined): Details<object> {
  if (user?.human === undefined) throw zitadelError(Code.NotFound, "COMMAND-0Pe4r", "Email not found");
  if (user.state === "initial") throw preconditionError("COMMAND-E3fbw", "User is not yet initialized");
  if (user.human.email.verified) throw preconditionError("COMMAND-3M9ds", "Email is already verified");
  renewContactCode(store, { user, human: user.human }, "email");
  return { details: toChangeDetailsV1(user) };
}

export function changePhone(
  store: Store,
  user: User | undefined,
  number: string,
  verified: boolean,
): Details<object> {
  const address = toPhoneNumber(number);
  if (user?.human === undefined) throw preconditionError("COMMAND-3M0fs", "User could not be found");
  const { phone } = user.human;
  const isOther = phone?.address !== address;
  if (!isOther && (!verified || phone.verified))
    throw preconditionError("COMMAND-wF94r", "Phone not changed");
  setContact(store, { user, human: user.human }, "phone", { address, verified, isOther });
  return { details: toChangeDetailsV1(user) };
}

export function resendPhoneCode(store: Store, user: User | undefined): Details<object> {
  if (user?.human === undefined) throw preconditionError("COMMAND-2M0fs", "User could not be found");
  const { phone } = user.human;
  if (phone === undefined) throw zitadelError(Code.NotFound, "COMMAND-2b7Hf", "Phone not found");
  if (phone.verified) throw preconditionError("COMMAND-2M9sf", "Phone already verified");
  renewContactCode(store, { user, human: user.human }, "phone");
  return { details: toChangeDetailsV1(user) };
}

export function removePhone(store: Store, user: User | undefined): Details<object> {
  if (user?.human === undefined) throw preconditionError("COMMAND-3M9fs", "User could not be found");
  if (user.human.phone === undefined) throw zitadelError(Code.NotFound, "COMMAND-p6rsc", "Phone not found");
  user.human.phone = undefined;
  writeEvents(store, user, { type: "user.human.phone.removed" });
  return { details: toChangeDetailsV1(user) };
}

export function takeAvatar(store: Store, user: User | undefined): Details<object> {
  if (user === undefined) throw zitadelError(Code.NotFound, "USER-35N8f", "Errors.Users.NotFound");
  removeAvatar(store, user);
  return { details: toChangeDetailsV1(user) };
}

function setPassword(
  store: Store,
  user: User | undefined,
  text: string,
  changeRequired: boolean,
): Details<object> {
  if (user?.human === undefined) throw preconditionError("COMMAND-G8dh3", "Password not found");
  if (user.state === "initial") throw preconditionError("COMMAND-M9dse", "User is not yet initialized");
  user.human.password = newPassword(store, text, changeRequired, { organizationId: user.resourceOwner });
  writeEvents(store, user, passwordChanged(changeRequired));
  return { details: toChangeDetailsV1(user) };
}

function setContact(
  store: Store,
  person: { readonly user: User; readonly human: Human },
  kind: ContactKind,
  { address, verified, isOther }: { address: string; verified: boolean; isOther: boolean },
): void {
  const contact = newContact(store, kind, address, verified);
  if (isOther) {
    changeContact(store, person, kind, contact);
    return;
  }
  person.human[kind] = contact;
  writeEvents(store, person.user, contactVerified(kind));
}
