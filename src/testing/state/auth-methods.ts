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

/** Gets the authentication methods of a user for reading. */
export function getAuthMethods(store: Store, userId: string): Readonly<AuthMethods> {
  return store.authMethods.get(userId) ?? NONE;
}

/** Gets the authentication methods of a user for changing. Creates an empty set if the user has none yet. */
export function ensureAuthMethods(store: Store, userId: string): AuthMethods {
  const known = store.authMethods.get(userId);
  if (known !== undefined) return known;
  const created = { ...NONE, securityKeys: new Map(), idpLinks: new Map(), passkeyCodes: new Map() };
  store.authMethods.set(userId, created);
  return created;
}

/** Adds an authenticator app with a known secret to a new user. */
export function importTotp(store: Store, user: User, secret: string): void {
  writeEvents(store, user, { type: "user.human.mfa.otp.added" });
  const { sequence } = user;
  ensureAuthMethods(store, user.id).totp = { secret, ready: true, failedAttempts: 0, sequence };
  writeEvents(store, user, { type: "user.human.mfa.otp.verified" });
}

/** Finds the event history of a user, even a removed one. Undefined if the user never existed. */
export function findUserHistory(store: Store, userId: string): Aggregate | undefined {
  return store.users.get(userId) ?? store.removedUsers.get(userId);
}

/** The same, but a new history for a user who never existed: the server writes some events without checking. */
export function getUserHistory(store: Store, userId: string): Aggregate {
  const known = findUserHistory(store, userId);
  return known ?? newAggregate(store, { aggregateType: "user", id: userId, resourceOwner: "" });
}

/** The same, but throws for a user who never existed: the server refuses some writes before it checks permissions. */
export function requireUserHistory(store: Store, userId: string): Aggregate {
  const known = findUserHistory(store, userId);
  if (known === undefined) throw zitadelError(Code.NotFound, "COMMAND-4g3xq", "Errors.NotFound");
  return known;
}
