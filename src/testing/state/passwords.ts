import { Code } from "@connectrpc/connect";
import { credentialsCheckError, zitadelError } from "../errors.ts";
import type { NewEvent } from "./event-log.ts";
import type { PolicyValues } from "./model/policy.ts";
import type { Store } from "./model/store.ts";
import type { Password, User } from "./model/user.ts";
import { findPolicy } from "./policies.ts";
import { writeEvents } from "./store.ts";

type Complexity = PolicyValues["passwordComplexity"];

const CLASSES: readonly [need: keyof Complexity, pattern: RegExp, id: string, message: string][] = [
  ["hasLowercase", /\p{Lowercase}/u, "co3Xw", "Password must contain lower case"],
  ["hasUppercase", /\p{Uppercase}/u, "VoaRj", "Password must contain upper case"],
  ["hasNumber", /\d/, "ZBv4H", "Password must contain number"],
  ["hasSymbol", /[^\p{L}\d]/u, "ZDLwA", "Password must contain symbol"],
];

/** The maximum length of a password for bcrypt. */
const MAX_BYTES = 72;

/** bcrypt with a cost of at least 4, the only kind of hash that a new instance accepts. */
const HASH = /^\$2[aby]\$(0[4-9]|[1-9]\d)\$[./A-Za-z\d]{53}$/;
const MAX_COST = 16;

/**
 * Creates a password. Throws if it does not meet the complexity settings of the organization. `place`: the prefix of
 * error ids, which is `COMMA` for new users.
 */
export function newPassword(
  store: Store,
  text: string,
  changeRequired: boolean,
  { organizationId, place = "DOMAIN" }: { organizationId: string; place?: "DOMAIN" | "COMMA" },
): Password {
  const { values } = findPolicy(store, "passwordComplexity", organizationId);
  if (Buffer.byteLength(text) < values.minLength) {
    throw zitadelError(Code.InvalidArgument, `${place}-HuJf6`, "Password is too short");
  }
  for (const [need, pattern, id, message] of CLASSES) {
    if (values[need] && !pattern.test(text))
      throw zitadelError(Code.InvalidArgument, `${place}-${id}`, message);
  }
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw zitadelError(Code.Unknown, "", `bcrypt: password length exceeds ${MAX_BYTES} bytes`);
  }
  return newUncheckedPassword(store, text, changeRequired);
}

/** Creates a password without checking it. */
export function newUncheckedPassword(store: Store, text: string, changeRequired: boolean): Password {
  return { text, changedAt: store.now(), changeRequired, failedAttempts: 0 };
}

/** Creates a password of which only the hash is known. */
export function importPassword(store: Store, hash: string, changeRequired: boolean): Password {
  const [, cost] = HASH.exec(hash) ?? [];
  if (cost === undefined) throw zitadelError(Code.InvalidArgument, "CRYPT-r8Qm2", "Password is invalid");
  if (Number(cost) > MAX_COST) throw zitadelError(Code.InvalidArgument, "CRYPT-5uV9n", "Password is invalid");
  return { text: undefined, changedAt: store.now(), changeRequired, failedAttempts: 0 };
}

/**
 * Checks the password of a user. Returns the success event for the caller to write. A failure is written at once, and
 * locks the user if it was the last attempt. `isUsable`: whether the correct password is acceptable.
 */
export function checkPassword(
  store: Store,
  userId: string,
  text: string,
  isUsable: (password: Password) => boolean = () => true,
): NewEvent[] {
  const user = store.users.get(userId);
  if (user === undefined) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-3n77z", "User could not be found");
  }
  const password = user.human?.password;
  if (user.state === "locked") {
    const attempts = password?.failedAttempts ?? 0;
    throw credentialsCheckError(Code.FailedPrecondition, "COMMAND-JLK35", "User is locked", attempts);
  }
  if (password === undefined) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-3nJ4t", "User has not set a password");
  }
  if (password.text === text && isUsable(password)) return [{ type: "user.human.password.check.succeeded" }];
  const attempts = password.failedAttempts + 1;
  const { maxPasswordAttempts } = findPolicy(store, "lockout", user.resourceOwner).values;
  writeFailedCheck(store, user, "user.human.password.check.failed", {
    attempts,
    maxAttempts: maxPasswordAttempts,
  });
  if (password.text === text)
    throw zitadelError(Code.Internal, "COMMAND-CahN2", "An internal error occurred");
  throw credentialsCheckError(Code.InvalidArgument, "COMMAND-3M0fs", "Password is invalid", attempts);
}

/** Writes a failed check, and locks the user if it was the last attempt. `maxAttempts`: 0 means no limit. */
export function writeFailedCheck(
  store: Store,
  user: User,
  type: string,
  { attempts, maxAttempts }: { readonly attempts: number; readonly maxAttempts: number },
): void {
  const locks = maxAttempts > 0 && attempts >= maxAttempts;
  writeEvents(store, user, { type }, ...(locks ? [{ type: "user.locked" }] : []));
}
