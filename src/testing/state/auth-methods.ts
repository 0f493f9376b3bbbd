import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { AuthMethods } from "./model/auth-methods.ts";
import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { newAggregate, writeEvents } from "./store.ts";

const NONE: AuthMethods = {
  totp: undefined,
  otpSms: undefined,
  otpEmail: undefined,
  recoveryCodes: undefined,
  securityKeys: new Map(),
  idpLinks: new Map(),
  passwordCode: undefined,
  invite: undefined,
  passkeyCodes: new Map(),
};

/** What a user signs in with, to be read. */
export function authMethodsFor(store: Store, userId: string): Readonly<AuthMethods> {
  return store.authMethods.get(userId) ?? NONE;
}

/** The same, to be changed. */
export function changeAuthMethods(store: Store, userId: string): AuthMethods {
  const known = store.authMethods.get(userId);
  if (known !== undefined) return known;
  const created = { ...NONE, securityKeys: new Map(), idpLinks: new Map(), passkeyCodes: new Map() };
  store.authMethods.set(userId, created);
  return created;
}

/** Gives a new user an authenticator app whose secret is known. */
export function importTotp(store: Store, user: User, secret: string): void {
  writeEvents(store, user, { type: "user.human.mfa.otp.added" });
  const { sequence } = user;
  changeAuthMethods(store, user.id).totp = { secret, ready: true, failedAttempts: 0, sequence };
  writeEvents(store, user, { type: "user.human.mfa.otp.verified" });
}

/** A user that is there or was, as what events are written about; undefined: there has never been one. */
export function findUserHistory(store: Store, userId: string): Aggregate | undefined {
  return store.users.get(userId) ?? store.removedUsers.get(userId);
}

/** The same, also where there has never been one: the server writes some events without looking. */
export function userHistory(store: Store, userId: string): Aggregate {
  const known = findUserHistory(store, userId);
  return known ?? newAggregate(store, { aggregateType: "user", id: userId, resourceOwner: "" });
}

/** Throws what the server does before it looks whether a user who has never been there may be changed. */
export function requireUserHistory(store: Store, userId: string): Aggregate {
  const known = findUserHistory(store, userId);
  if (known === undefined) throw zitadelError(Code.NotFound, "COMMAND-4g3xq", "Errors.NotFound");
  return known;
}
