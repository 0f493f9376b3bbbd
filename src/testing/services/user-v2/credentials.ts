import { create } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { isUserVisible } from "../../access/visibility.ts";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { addKey, addPersonalAccessToken, addPublicKey, addSecret } from "../../state/credentials.ts";
import type { Store } from "../../state/model/store.ts";
import type { Machine, User } from "../../state/model/user.ts";
import { writeEvents } from "../../state/store.ts";
import { limitedPageOf, pagination } from "../lists.ts";
import { timeMatches } from "../matching.ts";
import { writableMachine } from "./writable.ts";

/** Client secrets of machines. */
export function secretHandlers(store: Store): Handlers<typeof UserService> {
  return {
    addSecret: ({ userId }) => {
      const { user, machine } = writableMachine(store, userId);
      const clientSecret = addSecret(store, user, machine);
      return { clientSecret, creationDate: timestampFromMs(user.changedAt) };
    },
    removeSecret: ({ userId }) => {
      const { user, machine } = writableMachine(store, userId);
      if (machine.secret === undefined) {
        throw zitadelError(Code.FailedPrecondition, "COMMAND-coi82n", "Secret doesn't exist");
      }
      machine.secret = undefined;
      writeEvents(store, user, { type: "user.machine.secret.removed" });
      return { deletionDate: timestampFromMs(user.changedAt) };
    },
  };
}

/** Keys of machines. */
export function keyHandlers(store: Store): Handlers<typeof UserService> {
  return {
    addKey: async ({ userId, expirationDate, publicKey }) => {
      const { user, machine } = writableMachine(store, userId);
      const expiresAt = toMilliseconds(expirationDate);
      if (publicKey.length > 0) {
        const own = addPublicKey(store, user, machine, Buffer.from(publicKey).toString(), expiresAt);
        return { keyId: own.id, creationDate: timestampFromMs(own.createdAt) };
      }
      const { key, keyFile } = await addKey(store, user, machine, expiresAt);
      const keyContent = Buffer.from(keyFile);
      return { keyId: key.id, keyContent, creationDate: timestampFromMs(key.createdAt) };
    },
    removeKey: ({ userId, keyId }) => {
      const { user, machine } = writableMachine(store, userId);
      if (!machine.keys.delete(keyId)) {
        throw zitadelError(Code.NotFound, "COMMAND-4m77G", "Machine key not found");
      }
      writeEvents(store, user, { type: "user.machine.key.removed", payload: { keyId } });
      return { deletionDate: timestampFromMs(user.changedAt) };
    },
    listKeys: ({ pagination: request, filters }, { caller }) => {
      const page = limitedPageOf(findCredentials(store, "keys", filters), request, ({ id }) => id);
      return {
        pagination: pagination(page),
        result: page.items.filter(({ user }) => isUserVisible(store, caller, user)).map(credentialView),
      };
    },
  };
}

/** Personal access tokens of machines. */
export function patHandlers(store: Store): Handlers<typeof UserService> {
  return {
    addPersonalAccessToken: ({ userId, expirationDate }) => {
      const { user, machine } = writableMachine(store, userId);
      const expiresAt = toMilliseconds(expirationDate);
      const { id, token, createdAt } = addPersonalAccessToken(store, user, machine, expiresAt);
      return { tokenId: id, token, creationDate: timestampFromMs(createdAt) };
    },
    removePersonalAccessToken: ({ userId, tokenId }) => {
      const { user, machine } = writableMachine(store, userId);
      const pat = machine.tokens.get(tokenId);
      if (pat === undefined)
        throw zitadelError(Code.NotFound, "COMMAND-4m77G", "Personal access token not found");
      machine.tokens.delete(tokenId);
      store.tokens.delete(pat.token);
      writeEvents(store, user, { type: "user.pat.removed", payload: { tokenId } });
      return { deletionDate: timestampFromMs(user.changedAt) };
    },
    listPersonalAccessTokens: ({ pagination: request, filters }, { caller }) => {
      const page = limitedPageOf(findCredentials(store, "tokens", filters), request, ({ id }) => id);
      return {
        pagination: pagination(page),
        result: page.items.filter(({ user }) => isUserVisible(store, caller, user)).map(credentialView),
      };
    },
  };
}

/** A key or a token in a list, and whose it is. */
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

/** The filters of keys and of tokens. */
export type CredentialFilter =
  | { case: "keyIdFilter" | "tokenIdFilter"; value: IdFilter }
  | { case: "userIdFilter"; value: IdFilter }
  | { case: "organizationIdFilter"; value: IdFilter }
  | { case: "createdDateFilter"; value: TimeFilter }
  | { case: "expirationDateFilter"; value: TimeFilter }
  | { case: undefined; value?: undefined };

/** All keys or all tokens that pass the filters. */
export function findCredentials(
  store: Store,
  kind: "keys" | "tokens",
  filters: readonly { readonly filter: CredentialFilter }[],
): ListedCredential[] {
  const all = [...store.users.values()].flatMap((user) => credentialsOf(user, user.machine, kind));
  return all.filter((one) => filters.every(({ filter }) => passes(one, filter)));
}

/** A key or a token as the API shows it. */
export function credentialView({ id, createdAt, expiresAt, user }: ListedCredential): {
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

function credentialsOf(
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

/** With a fraction: the server keeps the microseconds of times of expiry. */
export function toMilliseconds(time: Timestamp | undefined): number | undefined {
  return time === undefined ? undefined : Number(time.seconds) * 1_000 + time.nanos / 1e6;
}

function toTimestamp(ms: number): Timestamp {
  const microseconds = Math.round(ms * 1_000);
  return create(TimestampSchema, {
    seconds: BigInt(Math.floor(microseconds / 1e6)),
    nanos: (microseconds % 1e6) * 1e3,
  });
}
