import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Store } from "../../state/model/store.ts";
import type { Machine, User } from "../../state/model/user.ts";
import { timeMatches } from "../matching.ts";

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
    expirationDate: timestampFromMs(expiresAt),
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
