import { toLine } from "./plain-text.ts";

const HIDDEN = "[redacted]";

/** The longest excerpt of a server's text in an error message, in characters. */
const EXCERPT_LENGTH = 300;

/** Any piece of a secret with at least this many characters is hidden, since texts get truncated and wrapped. */
const PIECE_LENGTH = 12;

/**
 * What looks like a secret: private keys, credentials in headers, and passwords in URLs. The first group is kept. All run in
 * linear time, since servers control the text.
 */
const LOOKS_SECRET: readonly RegExp[] = [
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(\b(?:Bearer|Basic)(?:\s+|%20|\+))[\w.~+/=%-]{8,}/gi,
  /(:\/\/[^\s/@:]{0,256}:)[^\s/@]{1,1024}(?=@)/g,
];

/** Begins the header of each JWT: `{"` in Base64. */
const JWT_START = "eyJ";
/** The same for JWTs. It is tried at each word, so that texts without any are searched for the start alone. */
const LOOKS_JWT = /(?<![\w-])(?=[\w-]*\.)((?:[\w-]*?-)?)eyJ[\w-]{8,}(?:\.[\w-]*){1,4}/g;

/**
 * Removes secrets from a text into which a server or a proxy may have put them: each of `secrets` by its value, whole or in
 * pieces of at least 12 characters, in any form in which it may be echoed (upper or lower case, escaped for URLs, HTML or
 * JSON, in Base64 or hexadecimal); and whatever looks like a secret.
 *
 * A secret of fewer than 12 characters is only hidden as a whole word, since it may be part of other words.
 */
export function hideSecrets(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  // Longest first: a short secret may be part of a long one.
  for (const given of secrets.toSorted((a, b) => b.length - a.length)) {
    // A string that is not well-formed cannot be encoded, and was not sent as it is.
    const secret = given.toWellFormed();
    clean = secret.length < PIECE_LENGTH ? hideWord(clean, secret) : hidePieces(clean, secret);
  }
  for (const pattern of LOOKS_SECRET) clean = clean.replaceAll(pattern, `$1${HIDDEN}`);
  return clean.includes(JWT_START) ? clean.replaceAll(LOOKS_JWT, `$1${HIDDEN}`) : clean;
}

/** Makes a server's text safe for an error message: without secrets, on one line, and at most 300 characters long. */
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

/** Most texts have no word long enough to contain a piece, and cost next to nothing. */
function hidePieces(text: string, secret: string): string {
  // A secret that contains spaces would be split into words below.
  const whole = /\s/.test(secret) ? text.replaceAll(secret, HIDDEN) : text;
  let haystack: string | undefined;
  return whole.replaceAll(IS_TOKEN.test(secret) ? LONG_TOKEN : LONG_WORD, (word) => {
    haystack ??= [...new Set(encodings(secret).map(toPlain))].join("\n");
    return hideShared(word, haystack);
  });
}

/** RFC 6750 section 2.1. */
const IS_TOKEN = /^[\w.~+/=-]*$/;
/** Includes the characters of escapes. */
const LONG_TOKEN = new RegExp(`[\\w.~+/=%&#;\\\\-]{${PIECE_LENGTH},}`, "g");
const LONG_WORD = new RegExp(`\\S{${PIECE_LENGTH},}`, "g");

/** Hides the parts of a word that also occur in a haystack. */
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

/**
 * Each shared piece contains an aligned half-piece that is in the haystack too. Checking these first avoids most of the
 * search.
 */
function mayShare(plain: string, haystack: string): boolean {
  const half = PIECE_LENGTH / 2;
  for (let at = 0; at + half <= plain.length; at += half) {
    if (haystack.includes(plain.slice(at, at + half))) return true;
  }
  return false;
}

/** The encodings that change the whole secret; escapes of single characters are undone in the text instead. */
function encodings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Base64 depends on the offset of the secret within a longer text.
  const base64 = [0, 1, 2].map((offset) => Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64"));
  return [secret, encodeURIComponent(secret), formEncode(secret), bytes.toString("hex"), ...base64];
}

/**
 * An escaped character in URLs (also encoded twice), HTML, and JSON; the last alternative is a backslash before a symbol.
 */
const ESCAPE = /%(?:25)*([0-9a-f]{2})|&#x([0-9a-f]{1,5});|\\u([0-9a-f]{4})|&#(\d{1,6});|\\(?=[^\w\s])/gi;

/** The text without escapes, in lower case, and with a single Base64 alphabet. */
function toPlain(text: string): string {
  return fold(text.replaceAll(ESCAPE, undoEscape));
}

function undoEscape(...[, percent, html, json, decimal]: readonly (string | undefined)[]): string {
  const hex = percent ?? html ?? json;
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  return decimal === undefined ? "" : String.fromCharCode(Number(decimal));
}

/** Positions must not change: the dotted capital I is the one letter that is longer in lower case. */
function fold(text: string): string {
  return text.replaceAll("\u0130", "i").toLowerCase().replaceAll("-", "+").replaceAll("_", "/");
}

/** The start of each character of the plain form within the text. */
function findStarts(text: string): number[] {
  const starts: number[] = [];
  let at = 0;
  for (const match of text.matchAll(ESCAPE)) {
    while (at < match.index) starts.push(at++);
    // A backslash has no character of its own, and belongs to the one it escapes.
    if (match[0] !== "\\") starts.push(at);
    at = match.index + match[0].length;
  }
  while (at < text.length) starts.push(at++);
  return starts;
}
