import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { ensureAuthMethods, getAuthMethods } from "./auth-methods.ts";
import { randomText } from "./codes.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { rewindToLast, secretText, writeEvents } from "./store.ts";

/** The maximum number of codes that a user can have. */
const MAX_CODES = 10;

const CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
const HALF_LENGTH = 5;

/** Adds codes to a user. Returns the new ones. */
export function addRecoveryCodes(store: Store, user: User, count: number): string[] {
  const { codes = [], failedAttempts = 0 } = getAuthMethods(store, user.id).recoveryCodes ?? {};
  if (codes.length + count > MAX_CODES) {
    const message = "Maximum number of recovery codes exceeded";
    throw zitadelError(Code.FailedPrecondition, "COMMAND-8f2k9", message);
  }
  const half = (): string => randomText(CHARACTERS, HALF_LENGTH);
  const added = Array.from({ length: count }, () => `${half()}-${half()}`);
  ensureAuthMethods(store, user.id).recoveryCodes = { codes: [...codes, ...added], failedAttempts };
  const payload = { codes: added.map(() => `$2a$04$${secretText(53)}`) };
  writeEvents(store, user, { type: "user.human.mfa.recoverycode.added", payload });
  return added;
}

/** Removes all codes of a user, if there are any. */
export function removeRecoveryCodes(store: Store, user: Aggregate): void {
  if (store.users.get(user.id)?.state === "locked") {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-d9u8q", "User is locked");
  }
  if (getAuthMethods(store, user.id).recoveryCodes === undefined) return;
  ensureAuthMethods(store, user.id).recoveryCodes = undefined;
  writeEvents(store, user, { type: "user.human.mfa.recoverycode.removed" });
}

/** The events that the server reads before it changes the codes of a user. */
const READ = [
  "user.human.added",
  "user.human.selfregistered",
  "user.machine.added",
  "user.human.mfa.recoverycode.added",
  "user.human.mfa.recoverycode.removed",
  "user.human.mfa.recoverycode.check.succeeded",
  "user.human.mfa.recoverycode.check.failed",
  "user.locked",
  "user.unlocked",
  "user.removed",
];

/** Gets the history of a user as of the last event that the server reads before it changes recovery codes. */
export function toRecoveryHistory(store: Store, user: Aggregate): Aggregate {
  return rewindToLast(store, user, READ);
}
