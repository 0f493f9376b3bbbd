import { describe, looksLikePath } from "../../shared/describe.ts";
import { invalidOption, requireString } from "../../shared/invalid-option.ts";
import { unpackText } from "./stored-text.ts";

/** Reads a token: one word of visible ASCII characters. */
export function parseToken(raw: unknown, option: string): string {
  const token = unpackSecret(raw, option);
  if (isToken(token)) return token;
  const seen = /^(?:Bearer|Basic)\s/i.test(token)
    ? describe(token)
    : "a string with whitespace or control characters in it";
  const file = FILE_OPTIONS[option];
  const remedy = file !== undefined && isToken(token.trim()) ? `: trim() it, or use ${file}` : "";
  throw invalidOption(option, seen, `the bare value, one word${remedy}`);
}

function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Reads a client secret: any characters, which the request encodes, except control characters. */
export function parseSecret(raw: unknown, option: string): string {
  const secret = unpackSecret(raw, option);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it searches for
  if (!/[\u0000-\u001f\u007f]/.test(secret)) return secret;
  throw invalidOption(
    option,
    "a string with a newline or another control character in it",
    "the bare value on one line",
  );
}

/** Rejects what is clearly not a secret, which would otherwise be sent to the server. */
function unpackSecret(raw: unknown, option: string): string {
  requireString(option, raw);
  const text = /^(?:\ufeff|["'])/.test(raw) ? unpackText(raw) : raw;
  if (looksLikePath(text)) {
    throw invalidOption(option, describe(text), "the value itself", FILE_OPTIONS[option]);
  }
  if (/^\s*\{|-----BEGIN |\0/.test(text))
    throw invalidOption(option, describe(text), "the bare value, one word");
  return text;
}

const FILE_OPTIONS: Readonly<Record<string, string>> = {
  token: "tokenFile",
  clientSecret: "clientSecretFile",
};
