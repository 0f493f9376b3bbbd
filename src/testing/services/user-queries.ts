import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { User } from "../state/model/user.ts";
import { textMatches } from "./matching.ts";
import { STATE, STATE_V1 } from "./user-states.ts";

/** A query for users, in the form that v1 and v2 share. */
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
  | { case: "metadataKeyFilter"; value: { key: string; method: number } }
  | { case: "metadataValueFilter"; value: { value: Uint8Array; method: number } }
  | { case: "orQuery"; value: { queries: UserQuery[] } }
  | { case: "andQuery"; value: { queries: UserQuery[] } }
  | { case: "notQuery"; value: { query?: UserQuery | undefined } }
  | { case: undefined; value?: undefined };

type Value<Case> = Extract<UserCondition, { case: Case }>["value"];

/** The result of a query. Undefined: unknown, as for comparisons with NULL in SQL. */
type Truth = boolean | undefined;

/** The context of a query: its nesting depth, and how to get login names. */
interface Search {
  readonly depth: number;
  loginNames(user: User): readonly string[];
}

type Matchers = {
  [Case in Exclude<UserCondition["case"], undefined>]: (
    user: User,
    value: Value<Case>,
    search: Search,
  ) => Truth;
};

const HUMAN = 1;
const MACHINE = 2;
const MAX_DEPTH = 20;

const MATCHERS: Matchers = {
  userNameQuery: (user, { userName, method }) => textMatches(user.username, userName, method),
  loginNameQuery: (user, { loginName, method }, search) =>
    search.loginNames(user).some((one) => textMatches(one, loginName, method)),
  firstNameQuery: ({ human }, { firstName, method }) => has(human?.givenName, firstName, method),
  lastNameQuery: ({ human }, { lastName, method }) => has(human?.familyName, lastName, method),
  nickNameQuery: ({ human }, { nickName, method }) => has(human?.nickName || undefined, nickName, method),
  displayNameQuery: ({ human }, { displayName, method }) => has(human?.displayName, displayName, method),
  emailQuery: ({ human }, { emailAddress, method }) => has(human?.email.address, emailAddress, method),
  phoneQuery: ({ human }, { number, method }) => has(human?.phone?.address, number, method),
  stateQuery: (user, { state }) => STATE[user.state] === state || STATE_V1[user.state] === state,
  typeQuery: (user, { type }) => type === (user.human === undefined ? MACHINE : HUMAN),
  inUserIdsQuery: (user, { userIds }) => isAmong(user.id, userIds),
  inUserEmailsQuery: ({ human }, { userEmails }) => isAmong(human?.email.address, userEmails),
  organizationIdQuery: (user, { organizationId }) => user.resourceOwner === organizationId,
  metadataKeyFilter: ({ metadata }, { key, method }) =>
    [...metadata.keys()].some((one) => textMatches(one, key, method)),
  metadataValueFilter: ({ metadata }, { value, method }) =>
    [...metadata.values()].some((one) => Buffer.from(value).equals(one.value) === (method === 0)),
  orQuery: (user, { queries }, search) => {
    const truths = evaluateAll(user, queries, search);
    if (truths.includes(true)) return true;
    return truths.includes(undefined) ? undefined : false;
  },
  andQuery: (user, { queries }, search) => {
    const truths = evaluateAll(user, queries, search);
    if (truths.includes(false)) return false;
    return truths.includes(undefined) ? undefined : true;
  },
  notQuery: (user, { query }, search) => {
    if (query === undefined) throw zitadelError(Code.Internal, "RECOVER", "Errors.Internal");
    const truth = evaluate(user, query, nest(search));
    return truth === undefined ? undefined : !truth;
  },
};

/** Finds the users that match all queries. `loginNames`: the login names of a user. Default: the username. */
export function findUsers(
  users: Iterable<User>,
  queries: readonly UserQuery[],
  loginNames: Search["loginNames"] = ({ username }) => [username],
): User[] {
  const search = { depth: 0, loginNames };
  // Invalid queries throw even if there are no users.
  for (const query of queries) evaluate(NOBODY, query, search);
  return [...users].filter((user) => queries.every((query) => evaluate(user, query, search) === true));
}

function nest({ depth, loginNames }: Search): Search {
  return { depth: depth + 1, loginNames };
}

const NOBODY: User = {
  aggregateType: "user",
  id: "",
  resourceOwner: "",
  sequence: 0,
  createdAt: 0,
  changedAt: 0,
  shown: { sequence: 0, changedAt: 0 },
  username: "",
  state: "active",
  metadata: new Map(),
};

function evaluate(user: User, { query }: UserQuery, search: Search): Truth {
  if (search.depth > MAX_DEPTH) {
    throw zitadelError(Code.InvalidArgument, "USER-zsQ97", "Too many query nesting levels (Max 20)");
  }
  if (query.case === undefined) return true;
  const matcher = MATCHERS[query.case] as (user: User, value: unknown, search: Search) => Truth;
  return matcher(user, query.value, search);
}

function evaluateAll(user: User, queries: readonly UserQuery[], search: Search): Truth[] {
  if (queries.length === 0) throw zitadelError(Code.Unknown, "", "missing column");
  return queries.map((query) => evaluate(user, query, nest(search)));
}

function isAmong(value: string | undefined, values: readonly string[]): Truth {
  if (values.length === 0) throw zitadelError(Code.Unknown, "", "values array must not be empty");
  return value === undefined ? undefined : values.includes(value);
}

function has(text: string | undefined, part: string, method: number): Truth {
  return text === undefined ? undefined : textMatches(text, part, method);
}
