import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { importTotp } from "./auth-methods.ts";
import { checkEmailAddress, getReturnedCode, newContact, type Verification } from "./contacts.ts";
import { addIdpLink, checkIdpLink } from "./idp-links.ts";
import { toLanguage } from "./languages.ts";
import { checkMetadata, setMetadata } from "./metadata.ts";
import type { IdpLink } from "./model/auth-methods.ts";
import type { Store } from "./model/store.ts";
import type { Contact, Human, Password, User } from "./model/user.ts";
import { importPassword, newPassword } from "./passwords.ts";
import { toPhoneNumber } from "./phone-numbers.ts";
import { checkUrlTemplate } from "./url-templates.ts";
import { checkOrganization, checkUsernameDomain, createUser, userExists } from "./users.ts";

/** The common part of requests that create a human, in every version of the API. */
export interface HumanRequest {
  readonly profile?: HumanProfile | undefined;
  readonly email?: { readonly email: string; readonly verification: Verification } | undefined;
  readonly phone?: { readonly phone: string; readonly verification: Verification } | undefined;
  readonly metadata: readonly { readonly key: string; readonly value: Uint8Array }[];
  readonly passwordType: PasswordRequest;
  /** Accounts at identity providers. Default: none. */
  readonly idpLinks?: readonly { idpId: string; userId: string; userName: string }[] | undefined;
  /** The secret of an authenticator app. Default: none. */
  readonly totpSecret?: string | undefined;
}

export type PasswordRequest =
  | { case: "password"; value: { readonly password: string; readonly changeRequired: boolean } }
  | { case: "hashedPassword"; value: { readonly hash: string; readonly changeRequired: boolean } }
  | { case: undefined; value?: undefined };

interface HumanProfile {
  readonly givenName: string;
  readonly familyName: string;
  readonly nickName?: string | undefined;
  readonly displayName?: string | undefined;
  readonly preferredLanguage?: string | undefined;
  readonly gender?: number | undefined;
}

/** The identity of a new human. */
export interface HumanIdentity {
  readonly id: string | undefined;
  /** Default: the email address. */
  readonly username: string | undefined;
  readonly organizationId: string;
  /** Whether the human starts in the state `initial`, with an initialization code. Default: false. */
  readonly initial?: boolean | undefined;
}

/** A created human, with the codes that the request asks to have returned. */
export interface CreatedHuman {
  readonly user: User;
  readonly codes: { readonly emailCode?: string; readonly phoneCode?: string };
}

/** Creates a human with contacts, a password, metadata and links. */
export function createHuman(store: Store, request: HumanRequest, identity: HumanIdentity): CreatedHuman {
  const { email, phone, metadata, passwordType } = request;
  if (email?.verification.case === "sendCode") checkUrlTemplate(email.verification.value.urlTemplate);
  checkEmailAddress(email?.email ?? "");
  const username = (identity.username || email?.email || "").trim();
  if (username === "") throw zitadelError(Code.InvalidArgument, "V2-zzad3", "Errors.Invalid.Argument");
  const names = parseNames(request.profile);
  const contacts = {
    email: createEmail(store, email),
    phone: phone === undefined || phone.phone === "" ? undefined : createPhone(store, phone),
  };
  for (const entry of metadata) checkMetadata(entry);
  const imported =
    passwordType.case === "hashedPassword"
      ? importPassword(store, passwordType.value.hash, passwordType.value.changeRequired)
      : undefined;
  checkOrganization(store, identity.organizationId);
  if (identity.id !== undefined && store.users.has(identity.id)) throw userExists("COMMAND-7yiox1isql");
  checkUsernameDomain(store, identity.organizationId, username);
  const links = toIdpLinks(store, request, identity.organizationId);
  const password = imported ?? toChosenPassword(store, passwordType, identity.organizationId);
  const human: Human = { ...names, ...contacts, password };
  const user = createUser(store, { ...identity, username, human });
  setMetadata(store, user, metadata);
  for (const link of links) addIdpLink(store, user, link);
  if (request.totpSecret) importTotp(store, user, request.totpSecret);
  const emailCode = getReturnedCode(email?.verification, human.email);
  const phoneCode = getReturnedCode(phone?.verification, human.phone);
  return { user, codes: { ...(emailCode && { emailCode }), ...(phoneCode && { phoneCode }) } };
}

function toIdpLinks(store: Store, { idpLinks = [] }: HumanRequest, organizationId: string): IdpLink[] {
  return idpLinks.map(({ idpId, userId: externalId, userName: displayName }) => {
    const link = { idpId, externalId, displayName };
    checkIdpLink(store, organizationId, link);
    return link;
  });
}

/** Normalizes a gender: unknown values become unspecified. */
export function toGender(gender: number): number {
  return gender <= DIVERSE ? gender : 0;
}

const DIVERSE = 3;

function parseNames(profile: HumanProfile | undefined): Omit<Human, "email" | "phone" | "password"> {
  const givenName = (profile?.givenName ?? "").trim();
  const familyName = (profile?.familyName ?? "").trim();
  if (givenName === "")
    throw zitadelError(Code.InvalidArgument, "USER-UCej2", "First name in profile is empty");
  if (familyName === "")
    throw zitadelError(Code.InvalidArgument, "USER-4hB7d", "Last name in profile is empty");
  const { nickName = "", displayName = "", preferredLanguage = "", gender = 0 } = profile ?? {};
  return {
    givenName,
    familyName,
    nickName,
    displayName: displayName.trim() === "" ? `${givenName} ${familyName}` : displayName,
    preferredLanguage: toLanguage(preferredLanguage),
    gender: toGender(gender),
  };
}

/** An email that the request marks as unverified gets no code either. */
function createEmail(store: Store, request: HumanRequest["email"]): Contact {
  const { email: address = "", verification = { case: undefined } } = request ?? {};
  if (verification.case === "isVerified") return { address, verified: verification.value };
  return newContact(store, "email", address, false);
}

function createPhone(store: Store, { phone, verification }: NonNullable<HumanRequest["phone"]>): Contact {
  const verified = verification.case === "isVerified" && verification.value;
  return newContact(store, "phone", toPhoneNumber(phone), verified);
}

function toChosenPassword(
  store: Store,
  wanted: PasswordRequest,
  organizationId: string,
): Password | undefined {
  if (wanted.case !== "password" || wanted.value.password === "") return undefined;
  return newPassword(store, wanted.value.password, wanted.value.changeRequired, {
    organizationId,
    place: "COMMA",
  });
}
