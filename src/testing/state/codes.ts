import { randomInt } from "node:crypto";
import { Code as StatusCode } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Code } from "./model/auth-methods.ts";
import type { Store } from "./model/store.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DIGITS = "0123456789";
const UPPER_CASE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER_CASE = "abcdefghijklmnopqrstuvwxyz";

/** What codes are made of and how long they are good, by the settings of a new instance (its SecretGenerators). */
const CODES = {
  email: { length: 6, characters: UPPER_CASE + DIGITS, lifetimeMs: HOUR },
  phone: { length: 6, characters: UPPER_CASE + DIGITS, lifetimeMs: HOUR },
  password: { length: 6, characters: UPPER_CASE + DIGITS, lifetimeMs: HOUR },
  invite: { length: 6, characters: UPPER_CASE + DIGITS, lifetimeMs: 72 * HOUR },
  passkey: { length: 12, characters: LOWER_CASE + UPPER_CASE + DIGITS, lifetimeMs: HOUR },
  otp: { length: 8, characters: DIGITS, lifetimeMs: 5 * MINUTE },
} as const;

/** What a code is for. */
export type CodePurpose = keyof typeof CODES;

/** A new code. */
export function newCode(store: Store, purpose: CodePurpose): Code {
  const { length, characters, lifetimeMs } = CODES[purpose];
  return { text: randomText(characters, length), expiresAt: store.now() + lifetimeMs };
}

/** How long a code is good, as events tell it: in nanoseconds. */
export function codeLifetime(purpose: CodePurpose): number {
  return CODES[purpose].lifetimeMs * 1e6;
}

/** Throws where a text is not the code that is waited for. */
export function checkCode(store: Store, code: Code | undefined, text: string): void {
  if (code === undefined) {
    throw zitadelError(StatusCode.FailedPrecondition, "COMMAND-2M9fs", "Code not found");
  }
  if (code.expiresAt < store.now()) {
    throw zitadelError(StatusCode.FailedPrecondition, "CODE-QvUQ4P", "Code is expired");
  }
  if (code.text !== text) throw zitadelError(StatusCode.InvalidArgument, "CODE-woT0xc", "Code is invalid");
}

/** Whether a text is the code that is waited for, and in time. */
export function codeMatches(store: Store, code: Code | undefined, text: string): boolean {
  return code !== undefined && code.text === text && code.expiresAt >= store.now();
}

/** Characters of a set, each as likely as the others. */
export function randomText(characters: string, length: number): string {
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join("");
}
