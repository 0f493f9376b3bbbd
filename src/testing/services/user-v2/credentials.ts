import { create } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { isUserVisible } from "../../access/visibility.ts";
import { zitadelError } from "../../errors.ts";
import type { Caller, Handlers } from "../../handlers.ts";
import {
  addKey,
  addPersonalAccessToken,
  addPublicKey,
  addSecret,
  checkExpiry,
  checkPublicKey,
  removeKey,
  removePersonalAccessToken,
  removeSecret,
} from "../../state/credentials.ts";
import { generateRsaPair } from "../../state/key-pairs.ts";
import type { Store } from "../../state/model/store.ts";
import type { Machine, User } from "../../state/model/user.ts";
import { findPage, type SortKeys, toPagination } from "../lists.ts";
import { timeMatches } from "../matching.ts";
import { requireMachine, requireUser, userRequired } from "./writable.ts";

/** Client secrets of machines. */
export function createSecretHandlers(store: Store): Handlers<typeof UserService> {
  return {
    addSecret: ({ userId }) => {
      const unknown = userRequired("COMMAND-x8910n", "Errors.User.NotExisting");
      const { user, machine } = requireMachine(store, userId, unknown);
      const clientSecret = addSecret(store, user, machine);
      return { clientSecret, creationDate: timestampFromMs(user.changedAt) };
    },
    removeSecret: ({ userId }) => {
      const unknown = userRequired("COMMAND-x7s802", "Errors.User.NotExisting");
      const { user, machine } = requireMachine(store, userId, unknown);
      removeSecret(store, user, machine);
      return { deletionDate: timestampFromMs(user.changedAt) };
    },
  };
}

/** Keys of machines. */
export function createKeyHandlers(store: Store): Handlers<typeof UserService> {
  return {
    addKey: async ({ userId, expirationDate, publicKey }) => {
      const pem = Buffer.from(publicKey).toString();
      if (pem !== "") checkPublicKey(pem);
      const expiresAt = toExpiry(store, expirationDate);
      const { user, machine } = requireMachine(store, userId, userRequired("COMMAND-bnipwm1"));
      if (pem !== "") {
        const own = addPublicKey(store, user, machine, { pair: { publicKey: pem }, expiresAt });
        return { keyId: own.id, creationDate: timestampFromMs(own.createdAt) };
      }
      const { key, keyFile } = addKey(store, user, machine, { pair: await generateRsaPair(), expiresAt });
      const keyContent = Buffer.from(keyFile);
      return { keyId: key.id, keyContent, creationDate: timestampFromMs(key.createdAt) };
    },
    removeKey: ({ userId, keyId }) => {
      requireHistory(store, userId);
      const user = removeKey(store, store.users.get(userId), keyId);
      return { deletionDate: timestampFromMs(user.changedAt) };
    },
    listKeys: (request, { caller }) => {
      const page = findPage(findCredentials(store, "keys", request.filters), request, SORT_KEYS);
      return { pagination: toPagination(page), result: toVisible(store, caller, page.items) };
    },
  };
}

/** Personal access tokens of machines. */
export function createPatHandlers(store: Store): Handlers<typeof UserService> {
  return {
    addPersonalAccessToken: ({ userId, expirationDate }) => {
      const expiresAt = toExpiry(store, expirationDate);
      requireUser(store, userId, userRequired("COMMAND-Dggw2"));
      const wrongType = userRequired("COMMAND-Df2f1", "Not allowed for this user type");
      const { user, machine } = requireMachine(store, userId, wrongType);
      const { id, token, createdAt } = addPersonalAccessToken(store, user, machine, expiresAt);
      return { tokenId: id, token, creationDate: timestampFromMs(createdAt) };
    },
    removePersonalAccessToken: ({ userId, tokenId }) => {
      requireHistory(store, userId);
      const user = removePersonalAccessToken(store, store.users.get(userId), tokenId);
      return { deletionDate: timestampFromMs(user.changedAt) };
    },
    listPersonalAccessTokens: (request, { caller }) => {
      const page = findPage(findCredentials(store, "tokens", request.filters), request, SORT_KEYS);
      return { pagination: toPagination(page), result: toVisible(store, caller, page.items) };
    },
  };
}

/** Reads the expiry of a request. Throws if it is in the past. */
export function toExpiry(store: Store, date: Timestamp | undefined): number | undefined {
  const expiresAt = toMilliseconds(date);
  if (expiresAt !== undefined) checkExpiry(store, expiresAt);
  return expiresAt;
}

/** Throws if the user never existed, which the server checks first. */
function requireHistory(store: Store, userId: string): void {
  if (store.users.has(userId)) return;
  const events = store.events.find({ aggregateTypes: ["user"], aggregateId: userId, asc: true, limit: 1 });
  if (events.length === 0) throw zitadelError(Code.NotFound, "COMMAND-4g3xq", "Errors.NotFound");
}

/** By the sorting columns, which are the same for keys and tokens. */
const SORT_KEYS: SortKeys<ListedCredential> = [
  ({ createdAt }) => createdAt,
  ({ createdAt }) => createdAt,
  ({ id }) => id,
  ({ user }) => user.id,
  ({ user }) => user.resourceOwner,
  ({ expiresAt }) => expiresAt,
];

/** A key or token in a list, with its user. */
export interface ListedCredential {
  readonly id: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly user: User;
}

interface IdFilter {
  readonly id: string;
}

interface TimeFilter {
  readonly timestamp?: Timestamp | undefined;
  readonly method: number;
}

/** A filter for keys or tokens. */
type CredentialFilter =
  | { case: "keyIdFilter" | "tokenIdFilter"; value: IdFilter }
  | { case: "userIdFilter"; value: IdFilter }
  | { case: "organizationIdFilter"; value: IdFilter }
  | { case: "createdDateFilter"; value: TimeFilter }
  | { case: "expirationDateFilter"; value: TimeFilter }
  | { case: undefined; value?: undefined };

/** Finds the keys or tokens that match the filters. */
export function findCredentials(
  store: Store,
  kind: "keys" | "tokens",
  filters: readonly { readonly filter: CredentialFilter }[],
): ListedCredential[] {
  const all = [...store.users.values()].flatMap((user) => listCredentials(user, user.machine, kind));
  return all.filter((one) => filters.every(({ filter }) => passes(one, filter)));
}

/** Omits the credentials of users that the caller may not see. The total still counts them. */
function toVisible(
  store: Store,
  caller: Caller | undefined,
  found: readonly ListedCredential[],
): ReturnType<typeof toCredentialView>[] {
  return found.filter(({ user }) => isUserVisible(store, caller, user)).map(toCredentialView);
}

/** Converts a key or token to the form in which the API shows it. */
export function toCredentialView({ id, createdAt, expiresAt, user }: ListedCredential): {
  id: string;
  userId: string;
  organizationId: string;
  creationDate: Timestamp;
  changeDate: Timestamp;
  expirationDate: Timestamp;
} {
  return {
    id,
    userId: user.id,
    organizationId: user.resourceOwner,
    creationDate: timestampFromMs(createdAt),
    changeDate: timestampFromMs(createdAt),
    expirationDate: toTimestamp(expiresAt),
  };
}

function listCredentials(
  user: User,
  machine: Machine | undefined,
  kind: "keys" | "tokens",
): ListedCredential[] {
  if (machine === undefined) return [];
  return [...machine[kind].values()].map(({ id, createdAt, expiresAt }) => ({
    id,
    createdAt,
    expiresAt,
    user,
  }));
}

function passes({ id, createdAt, expiresAt, user }: ListedCredential, filter: CredentialFilter): boolean {
  switch (filter.case) {
    case undefined:
      return true;
    case "userIdFilter":
      return user.id === filter.value.id;
    case "organizationIdFilter":
      return user.resourceOwner === filter.value.id;
    case "createdDateFilter":
      return timeMatches(createdAt, filter.value.timestamp, filter.value.method);
    case "expirationDateFilter":
      return timeMatches(expiresAt, filter.value.timestamp, filter.value.method);
    default:
      return id === filter.value.id;
  }
}

/** Converts to milliseconds, with fractions: the server stores expiry dates in microseconds. */
function toMilliseconds(time: Timestamp | undefined): number | undefined {
  return time === undefined ? undefined : Number(time.seconds) * 1_000 + time.nanos / 1e6;
}

function toTimestamp(ms: number): Timestamp {
  const microseconds = Math.round(ms * 1_000);
  return create(TimestampSchema, {
    seconds: BigInt(Math.floor(microseconds / 1e6)),
    nanos: (microseconds % 1e6) * 1e3,
  });
}
