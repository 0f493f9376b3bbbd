import type { NewEvent } from "./event-log.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { Store } from "./model/store.ts";
import { revokeUserTokens } from "./tokens.ts";

/**
 * Applies the effects of a user's event on sessions, tokens and factors, regardless of which RPC wrote it. In Zitadel,
 * these are the reducers of other projections (internal/query/projection).
 */
export function applyUserEvent(store: Store, user: Aggregate, { type }: NewEvent): void {
  EFFECTS[type]?.(store, user);
}

type Effect = (store: Store, user: Aggregate) => void;

/** Permanently ends sessions and tokens: they stay invalid even if the user becomes active again. */
const signOut: Effect = (store, { id }) => {
  for (const session of store.sessions.values()) if (session.user?.userId === id) session.listed = false;
  revokeUserTokens(store, id);
};

/** Counts failed attempts, and starts over when one succeeds. */
const countAttempts = (type: string, find: FindAttempts): Readonly<Record<string, Effect>> => ({
  [`${type}.check.failed`]: (store, { id }) => {
    const counted = find(store, id);
    if (counted !== undefined) counted.failedAttempts += 1;
  },
  [`${type}.check.succeeded`]: (store, { id }) => {
    const counted = find(store, id);
    if (counted !== undefined) counted.failedAttempts = 0;
  },
});

type FindAttempts = (store: Store, userId: string) => { failedAttempts: number } | undefined;

const password: FindAttempts = (store, id) => store.users.get(id)?.human?.password;

const factor =
  (name: "totp" | "otpSms" | "otpEmail" | "recoveryCodes"): FindAttempts =>
  (store, id) =>
    store.authMethods.get(id)?.[name];

const COUNTED: readonly FindAttempts[] = [
  password,
  factor("totp"),
  factor("otpSms"),
  factor("otpEmail"),
  factor("recoveryCodes"),
];

const EFFECTS: Readonly<Partial<Record<string, Effect>>> = {
  ...countAttempts("user.human.password", password),
  ...countAttempts("user.human.mfa.otp", factor("totp")),
  ...countAttempts("user.human.mfa.otp.sms", factor("otpSms")),
  ...countAttempts("user.human.mfa.otp.email", factor("otpEmail")),
  ...countAttempts("user.human.mfa.recoverycode", factor("recoveryCodes")),
  "user.locked": (store, user) => {
    signOut(store, user);
    const locked = store.users.get(user.id);
    if (locked !== undefined) locked.state = "locked";
  },
  "user.deactivated": signOut,
  "user.removed": (store, user) => {
    signOut(store, user);
    store.authMethods.delete(user.id);
    store.removedUsers.set(user.id, user);
  },
  "user.unlocked": (store, { id }) => {
    for (const find of COUNTED) {
      const counted = find(store, id);
      if (counted !== undefined) counted.failedAttempts = 0;
    }
  },
  "user.human.password.changed": (store, { id }) => {
    const methods = store.authMethods.get(id);
    if (methods !== undefined) methods.passwordCode = undefined;
    // Reads no longer show the password check of existing sessions.
    for (const session of store.sessions.values()) {
      if (session.user?.userId === id) session.password = undefined;
    }
  },
  "user.human.email.verified": (store, { id }) => {
    const invite = store.authMethods.get(id)?.invite;
    if (invite !== undefined) invite.code = undefined;
  },
  "user.human.phone.removed": (store, { id }) => {
    const methods = store.authMethods.get(id);
    if (methods !== undefined) methods.otpSms = undefined;
  },
};
