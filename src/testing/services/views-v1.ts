import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ListDetailsSchema } from "../../../gen/zitadel/object_pb.js";
import type { OrgSchema } from "../../../gen/zitadel/org_pb.js";
import type {
  EmailSchema,
  HumanSchema,
  PhoneSchema,
  ProfileSchema,
  UserSchema,
} from "../../../gen/zitadel/user_pb.js";
import { toLoginNames } from "../state/login-names.ts";
import type { Organization } from "../state/model/organization.ts";
import type { Store } from "../state/model/store.ts";
import type { Human, User } from "../state/model/user.ts";
import { TOKEN_TYPE } from "../state/user-events.ts";
import { toAvatarUrl } from "./asset-urls.ts";
import { toObjectDetailsV1 } from "./details.ts";
import type { Page } from "./lists.ts";
import { STATE_NUMBER } from "./project-queries.ts";
import { STATE_V1 } from "./user-states.ts";

/** The details of a list response. */
export function toListDetailsV1(
  store: Store,
  { total }: Page<unknown>,
): MessageInitShape<typeof ListDetailsSchema> {
  return { totalResult: total, viewTimestamp: timestampFromMs(store.now()) };
}

/** Converts an organization to the form in which v1 shows it. */
export function toOrgViewV1(organization: Organization): MessageInitShape<typeof OrgSchema> {
  const { id, name, primaryDomain, state } = organization;
  return { id, details: toObjectDetailsV1(organization), state: STATE_NUMBER[state], name, primaryDomain };
}

/** Converts an organization as reads by id show it in v1: as of its last event. A removed one has no state. */
export function toWrittenOrgViewV1(
  store: Store,
  organization: Organization,
): MessageInitShape<typeof OrgSchema> {
  const { shown: _, ...written } = organization;
  const { id, name, primaryDomain, state } = organization;
  const shownState = store.organizations.has(id) ? STATE_NUMBER[state] : 0;
  return { id, details: toObjectDetailsV1(written), state: shownState, name, primaryDomain };
}

/** Converts a user to the form in which v1 shows it. */
export function toUserViewV1(store: Store, user: User, origin: string): MessageInitShape<typeof UserSchema> {
  const { all, preferred } = toLoginNames(store, user);
  return {
    id: user.id,
    details: toObjectDetailsV1(user),
    state: STATE_V1[user.state],
    userName: user.username,
    loginNames: [...all],
    preferredLoginName: preferred,
    type: toType(user, origin),
  };
}

function toType(user: User, origin: string): NonNullable<MessageInitShape<typeof UserSchema>["type"]> {
  const { human, machine } = user;
  if (human !== undefined) return { case: "human", value: toHumanView(user, human, origin) };
  if (machine === undefined) return { case: undefined };
  const { name, description, secret } = machine;
  const accessTokenType = TOKEN_TYPE[machine.accessTokenType];
  return { case: "machine", value: { name, description, hasSecret: secret !== undefined, accessTokenType } };
}

export function toProfileViewV1(
  user: User,
  human: Human,
  origin: string,
): MessageInitShape<typeof ProfileSchema> {
  const { givenName: firstName, familyName: lastName, nickName, displayName, gender } = human;
  // `und` (undetermined) means that no language is set.
  const preferredLanguage = human.preferredLanguage === "" ? "und" : human.preferredLanguage;
  const names = { firstName, lastName, nickName, displayName };
  return { ...names, preferredLanguage, gender, avatarUrl: toAvatarUrl(origin, user) };
}

export function toEmailViewV1({ email }: Human): MessageInitShape<typeof EmailSchema> {
  return { email: email.address, isEmailVerified: email.verified };
}

export function toPhoneViewV1({ phone }: Human): MessageInitShape<typeof PhoneSchema> {
  return phone === undefined ? {} : { phone: phone.address, isPhoneVerified: phone.verified };
}

function toHumanView(user: User, human: Human, origin: string): MessageInitShape<typeof HumanSchema> {
  const { password } = human;
  return {
    profile: toProfileViewV1(user, human, origin),
    email: toEmailViewV1(human),
    phone: toPhoneViewV1(human),
    ...(password === undefined ? {} : { passwordChanged: timestampFromMs(password.changedAt) }),
  };
}
