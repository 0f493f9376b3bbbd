import { Code } from "@connectrpc/connect";
import { credentialsCheckError, zitadelError } from "../errors.ts";
import type { Store } from "./model/store.ts";
import type { Password, User } from "./model/user.ts";
import { writeEvents } from "./store.ts";

/** What a password needs, by the settings of a new instance. */
export const COMPLEXITY = { minLength: 8 } as const;

const CLASSES: readonly [pattern: RegExp, id: string, message: string][] = [
  [/\p{Lowercase}/u, "DOMAIN-co3Xw", "Password must contain lower case"],
  [/\p{Uppercase}/u, "DOMAIN-VoaRj", "Password must contain upper case"],
  [/\d/, "DOMAIN-ZBv4H", "Password must contain number"],
  [/[^\p{L}\d]/u, "DOMAIN-ZDLwA", "Password must contain symbol"],
];

/** A new password, if it is good enough. */
export function newPassword(store: Store, text: string, changeRequired: boolean): Password {
  if (text.length < COMPLEXITY.minLength) {
    throw zitadelError(Code.InvalidArgument, "DOMAIN-HuJf6", "Password is too short");
  }
  for (const [pattern, id, message] of CLASSES) {
    if (!pattern.test(text)) throw zitadelError(Code.InvalidArgument, id, message);
  }
  return { text, changedAt: store.now(), changeRequired, failedAttempts: 0 };
}

/** Checks a password; both outcomes are part of the user's history. */
export function checkPassword(store: Store, user: User, text: string): void {
  const password = user.human?.password;
  if (password === undefined) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-3nJ4t", "User has no password set");
  }
  const passed = password.text === text;
  writeEvents(store, user, { type: `user.human.password.check.${passed ? "succeeded" : "failed"}` });
  if (passed) {
    password.failedAttempts = 0;
    return;
  }
  password.failedAttempts += 1;
  throw credentialsCheckError("COMMAND-3M0fs", "Password is invalid", password.failedAttempts);
}
