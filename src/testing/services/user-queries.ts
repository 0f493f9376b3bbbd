import type { User } from "../state/model/user.ts";
import { textMatches } from "./matching.ts";
import { STATE } from "./user-states.ts";

/** A condition in a search for users. The queries of v1 and v2 have this form. */
export interface UserQuery {
  readonly query: UserCondition;
}

type UserCondition =
  | { case: "userNameQuery"; value: { userName: string; method: number } }
  | { case: "firstNameQuery"; value: { firstName: string; method: number } }
  | { case: "lastNameQuery"; value: { lastName: string; method: number } }
  | { case: "nickNameQuery"; value: { nickName: string; method: number } }
  | { case: "displayNameQuery"; value: { displayName: string; method: number } }
  | { case: "emailQuery"; value: { emailAddress: string; method: number } }
  | { case: "phoneQuery"; value: { number: string; method: number } }
  | { case: "loginNameQuery"; value: { loginName: string; method: number } }
  | { case: "stateQuery"; value: { state: number } }
  | { case: "typeQuery"; value: { type: number } }
  | { case: "inUserIdsQuery"; value: { userIds: string[] } }
  | { case: "inUserEmailsQuery"; value: { userEmails: string[] } }
  | { case: "organizationIdQuery"; value: { organizationId: string } }
  | { case: "orQuery"; value: { queries: UserQuery[] } }
  | { case: "andQuery"; value: { queries: UserQuery[] } }
  | { case: "notQuery"; value: { query?: UserQuery | undefined } }
  | { case: undefined; value?: undefined };

type Value<Case> = Extract<UserCondition, { case: Case }>["value"];

type Matchers = {
  [Case in Exclude<UserCondition["case"], undefined>]: (user: User, value: Value<Case>) => boolean;
};

const HUMAN = 1;
const MACHINE = 2;

const MATCHERS: Matchers = {
  userNameQuery: (user, { userName, method }) => textMatches(user.username, userName, method),
  loginNameQuery: (user, { loginName, method }) => textMatches(user.username, loginName, method),
  firstNameQuery: ({ human }, { firstName, method }) => has(human?.givenName, firstName, method),
  lastNameQuery: ({ human }, { lastName, method }) => has(human?.familyName, lastName, method),
  nickNameQuery: ({ human }, { nickName, method }) => has(human?.nickName, nickName, method),
  displayNameQuery: ({ human }, { displayName, method }) => has(human?.displayName, displayName, method),
  emailQuery: ({ human }, { emailAddress, method }) => has(human?.email.address, emailAddress, method),
  phoneQuery: ({ human }, { number, method }) => has(human?.phone?.address, number, method),
  stateQuery: (user, { state }) => STATE[user.state] === state,
  typeQuery: (user, { type }) => type === (user.human === undefined ? MACHINE : HUMAN),
  inUserIdsQuery: (user, { userIds }) => userIds.includes(user.id),
  inUserEmailsQuery: ({ human }, { userEmails }) =>
    human !== undefined && userEmails.includes(human.email.address),
  organizationIdQuery: (user, { organizationId }) => user.resourceOwner === organizationId,
  orQuery: (user, { queries }) => queries.some((query) => userMatches(user, query)),
  andQuery: (user, { queries }) => queries.every((query) => userMatches(user, query)),
  notQuery: (user, { query }) => query === undefined || !userMatches(user, query),
};

/** Whether a user fulfils a condition. */
export function userMatches(user: User, { query }: UserQuery): boolean {
  if (query.case === undefined) return true;
  const matcher = MATCHERS[query.case] as (user: User, value: unknown) => boolean;
  return matcher(user, query.value);
}

function has(text: string | undefined, part: string, method: number): boolean {
  return text !== undefined && textMatches(text, part, method);
}
