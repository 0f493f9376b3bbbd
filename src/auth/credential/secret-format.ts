import { invalidOption, requireString } from "../../shared/invalid-option.ts";

/** Reads a token: one word of visible ASCII characters. */
export function parseToken(raw: unknown, option: string): string {
  requireString(option, raw);
  if (/^[\x21-\x7e]+$/.test(raw)) return raw;
  const seen = "a string with white space or control characters in it";
  throw invalidOption(option, seen, "the bare value, one word");
}

/** Reads a client secret: any characters, which the request encodes, but no line breaks around or in it. */
export function parseSecret(raw: unknown, option: string): string {
  requireString(option, raw);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  if (!/[\u0000-\u001f\u007f]/.test(raw)) return raw;
  throw invalidOption(option, "a string with control characters in it", "the bare value on one line");
}
