import { randomInt } from "node:crypto";
import { Code as StatusCode } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Code } from "./model/auth-methods.ts";
import type { SecretPurpose } from "./model/instance-settings.ts";
import type { Store } from "./model/store.ts";

const DIGITS = "0123456789";
const UPPER_CASE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER_CASE = "abcdefghijklmnopqrstuvwxyz";
const SYMBOLS = "~!@#$^&*()_+`-={}|[]:<>?,./";

export function newCode(store: Store, purpose: SecretPurpose): Code {
  const lifetimeMs = getCodeLifetimeMs(store, purpose);
  return { text: newSecret(store, purpose), expiresAt: store.now() + lifetimeMs, lifetimeMs };
}

/** A random code or secret, with the length and characters that the instance's settings specify. */
export function newSecret({ settings }: Store, purpose: SecretPurpose): string {
  const generator = settings.secretGenerators.get(purpose);
  const characters = [
    generator?.includeLowerLetters === true ? LOWER_CASE : "",
    generator?.includeUpperLetters === true ? UPPER_CASE : "",
    generator?.includeDigits === true ? DIGITS : "",
    generator?.includeSymbols === true ? SYMBOLS : "",
  ];
  return randomText(characters.join(""), generator?.length ?? 0);
}

/** How long a code for this purpose is valid. */
export function getCodeLifetimeMs({ settings }: Store, purpose: SecretPurpose): number {
  return settings.secretGenerators.get(purpose)?.expiryMs ?? 0;
}

/** Throws if `text` is not the expected code, or the code has expired. */
export function checkCode(store: Store, code: Code | undefined, text: string): void {
  if (code === undefined) {
    throw zitadelError(StatusCode.FailedPrecondition, "COMMAND-2M9fs", "Code not found");
  }
  if (code.expiresAt < store.now()) {
    throw zitadelError(StatusCode.FailedPrecondition, "CODE-QvUQ4P", "Code is expired");
  }
  if (code.text !== text) throw zitadelError(StatusCode.InvalidArgument, "CODE-woT0xc", "Code is invalid");
}

/** Whether `text` is the expected code, and the code has not expired. */
export function codeMatches(store: Store, code: Code | undefined, text: string): boolean {
  return code !== undefined && code.text === text && code.expiresAt >= store.now();
}

/** A random string of characters, each chosen uniformly from a set. */
export function randomText(characters: string, length: number): string {
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join("");
}
