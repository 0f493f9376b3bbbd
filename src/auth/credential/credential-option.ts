import { exactlyOne, requireString } from "../../shared/invalid-option.ts";
import type { BindCredential, Credential, ParseCredential } from "./credential.ts";
import { functionCredential } from "./credential.ts";
import { fileCredential } from "./credential-file.ts";

/**
 * The credential in whichever of two options is set: `file` (a path) or `inline` (the value, or a function that returns it
 * or a promise of it). Files and values are checked immediately, the result of a function when it is needed.
 */
export function credentialOption<T>(
  options: object,
  file: string,
  inline: string,
  parse: ParseCredential<T>,
): BindCredential<T> {
  const name = exactlyOne(options, [file, inline]);
  const given: unknown = Reflect.get(options, name);
  if (name === inline) return inlineCredential(inline, given, parse);
  requireString(file, given);
  return fileCredential({ option: file, inline, path: given, parse });
}

/** The credential in an option that holds the value, or a function that returns it or a promise of it. */
export function inlineCredential<T>(
  option: string,
  given: unknown,
  parse: ParseCredential<T>,
): BindCredential<T> {
  if (typeof given === "function") {
    return (context) => ({ load: functionCredential(context, option, () => given(), parse), ...CONSTANT });
  }
  const value = parse(given, option);
  return () => ({ load: () => Promise.resolve(value), ...CONSTANT });
}

const CONSTANT: Pick<Credential<unknown>, "changed" | "mayChange"> = {
  changed: () => Promise.resolve(false),
  mayChange: () => false,
};

/**
 * The properties of a service user of the emulator, which may be passed to any method as it is:
 * `personalAccessToken(emulator.serviceUser)`. So these names count as known options.
 */
export const SERVICE_USER = {
  userId: true,
  organizationId: true,
  keyFile: true,
  clientId: true,
  clientSecret: true,
  token: true,
} as const;
