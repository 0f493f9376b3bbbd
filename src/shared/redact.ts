import { toLine } from "./plain-text.ts";

const HIDDEN = "[redacted]";

/** The longest excerpt of a server's text in an error message, in characters. */
const EXCERPT_LENGTH = 300;

/** So many characters of a secret in a row are hidden, wherever in it they are: texts get cut and wrapped. */
const PIECE_LENGTH = 12;

/**
 * What looks like a secret, whoever wrote it into a text: private keys, credentials of a header, JWTs, and passwords of
 * URLs. What stands
 * before it and stays is the first group. Each looks at a part of the text once, however long: servers choose the text.
 */
const LOOKS_SECRET: readonly RegExp[] = [
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(\b(?:Bearer|Basic)(?:\s+|%20|\+))[\w.~+/=%-]{8,}/gi,
  /(?<![\w-])(?=[\w-]*\.)((?:[\w-]*?-)?)eyJ[\w-]{8,}(?:\.[\w-]*){1,4}/g,
  /(:\/\/[^\s/@:]{0,256}:)[^\s/@]{1,1024}(?=@)/g,
];

/**
 * Takes secrets out of a text that a server or a proxy may have put them into: each of `secrets` by its value, whole or
 * in pieces of at least 12 characters, in any of the spellings that echoes use (upper or lower case, escaped for URLs,
 * HTML or JSON, in Base64 or hexadecimal); and whatever looks like a secret.
 *
 * A secret of fewer than 12 characters is hidden where it stands as a word, since it may be part of many.
 */
export function hideSecrets(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  // A short one may be a piece of a long one.
  for (const given of secrets.toSorted((a, b) => b.length - a.length)) {
    // What is not well-formed cannot be encoded, and was not sent as it is.
    const secret = given.toWellFormed();
    clean = secret.length < PIECE_LENGTH ? hideWord(clean, secret) : hidePieces(clean, secret);
  }
  for (const pattern of LOOKS_SECRET) clean = clean.replaceAll(pattern, `$1${HIDDEN}`);
  return clean;
}

/** Makes a server's text fit for an error message: without secrets, on one line, and at most 300 characters long. */
export function redact(text: string, secrets: readonly string[]): string {
  const clean = toLine(hideSecrets(text, secrets));
  return clean.length > EXCERPT_LENGTH ? `${clean.slice(0, EXCERPT_LENGTH)}…` : clean;
}

/** Encodes one part as `application/x-www-form-urlencoded` does. */
export function formEncode(part: string): string {
  return new URLSearchParams({ "": part }).toString().slice(1);
}

function hideWord(text: string, secret: string): string {
  if (secret === "") return text;
  const base64 = Buffer.from(secret).toString("base64");
  const spellings = [secret, encodeURIComponent(secret), formEncode(secret), base64];
  const pattern = spellings.map((spelling) => spelling.replace(/\W/g, "\\$&")).join("|");
  return text.replaceAll(new RegExp(`(?<!\\w)(?:${pattern})(?!\\w)`, "gi"), HIDDEN);
}

/** Most texts have no word that is long enough for a piece, and so cost next to nothing. */
function hidePieces(text: string, secret: string): string {
  // Words would part it.
  const whole = /\s/.test(secret) ? text.replaceAll(secret, HIDDEN) : text;
  let haystack: string | undefined;
  return whole.replaceAll(IS_TOKEN.test(secret) ? LONG_TOKEN : LONG_WORD, (word) => {
    haystack ??= [...new Set(encodings(secret).map(toPlain))].join("\n");
    return hideShared(word, haystack);
  });
}

/** RFC 6750 section 2.1. */
const IS_TOKEN = /^[\w.~+/=-]*$/;
/** With what escapes are made of. */
const LONG_TOKEN = new RegExp(`[\\w.~+/=%&#;\\\\-]{${PIECE_LENGTH},}`, "g");
const LONG_WORD = new RegExp(`\\S{${PIECE_LENGTH},}`, "g");

/** Hides the runs of a word that occur in a haystack as well. */
function hideShared(word: string, haystack: string): string {
  const plain = toPlain(word);
  if (!mayShare(plain, haystack)) return word;
  let starts: number[] | undefined;
  let clean = "";
  let doneTo = 0;
  for (let at = 0; at + PIECE_LENGTH <= plain.length; at++) {
    if (!haystack.includes(plain.slice(at, at + PIECE_LENGTH))) continue;
    starts ??= findStarts(word);
    const start = starts[at] ?? 0;
    if (start > doneTo || clean === "") clean += `${word.slice(doneTo, start)}${HIDDEN}`;
    doneTo = starts[at + PIECE_LENGTH] ?? word.length;
  }
  return clean + word.slice(doneTo);
}

/** Each piece has, at a multiple of half its length, a half that is in the haystack too. Spares most of the search. */
function mayShare(plain: string, haystack: string): boolean {
  const half = PIECE_LENGTH / 2;
  for (let at = 0; at + half <= plain.length; at += half) {
    if (haystack.includes(plain.slice(at, at + half))) return true;
  }
  return false;
}

/** The encodings in which nothing of the secret looks as it did; escapes of single characters are undone instead. */
function encodings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Base64 is another by where in a longer text the secret begins.
  const base64 = [0, 1, 2].map((offset) => Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64"));
  return [secret, encodeURIComponent(secret), formEncode(secret), bytes.toString("hex"), ...base64];
}

/** A character as URLs (also twice encoded), HTML, and JSON escape it; the last is a backslash before a symbol. */
const ESCAPE = /%(?:25)*([0-9a-f]{2})|&#x([0-9a-f]{1,5});|\\u([0-9a-f]{4})|&#(\d{1,6});|\\(?=[^\w\s])/gi;

/** A text without escapes, in lower case, and with one alphabet of Base64. */
function toPlain(text: string): string {
  return fold(text.replaceAll(ESCAPE, undoEscape));
}

function undoEscape(_: string, percent?: string, html?: string, json?: string, decimal?: string): string {
  const hex = percent ?? html ?? json;
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  return decimal === undefined ? "" : String.fromCharCode(Number(decimal));
}

/** Positions must stay: the one letter that is longer in lower case spoils it for its text, which is no token then. */
function fold(text: string): string {
  const lower = text.toLowerCase();
  return (lower.length === text.length ? lower : text).replaceAll("-", "+").replaceAll("_", "/");
}

/** Where in a text each character of its plain form begins; and its end. */
function findStarts(text: string): number[] {
  const starts: number[] = [];
  let at = 0;
  for (const match of text.matchAll(ESCAPE)) {
    while (at < match.index) starts.push(at++);
    // A backslash stands for nothing, and belongs to what it escapes.
    if (match[0] !== "\\") starts.push(at);
    at = match.index + match[0].length;
  }
  while (at <= text.length) starts.push(at++);
  return starts;
}
