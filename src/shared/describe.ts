/**
 * What a value is, or what a text looks like, without saying it: for messages about an option, which may hold a secret
 * that was put in the wrong place.
 */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === "string") return describeText(value);
  if (Array.isArray(value)) return "an array";
  if (value instanceof Promise) return "a promise, which wants an await";
  if (value instanceof Uint8Array) return "bytes";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** A name, if it looks like one: it may be a secret in a wrong place. */
export function describeName(name: string): string {
  return /^[A-Za-z$_][\w$-]{0,31}$/.test(name) ? name : "[a name that is none]";
}

/** Where a text looks like a path to a file. A token of Zitadel's has no slash. */
export function looksLikePath(text: string): boolean {
  return PATH.test(text);
}

const PATH =
  /^(?:~|\.{1,2})?[\\/][\w. -]+[\\/]|^(?:~|\.{1,2})[\\/]|^[A-Za-z]:[\\/]|^[\w./\\ -]*\.(?:json|pem|key|crt|cer|txt|pat)$/i;

/** The first that fits. */
const LOOKS: readonly (readonly [RegExp, string])[] = [
  [/^$/, "an empty string"],
  [/^\s+$/, "white space"],
  [/^["']?\{[\s\S]*\\?"keyId\\?"/, "the content of a key file"],
  [/^["']?\{/, "JSON"],
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/, "a private key in PEM"],
  [/-----BEGIN [A-Z0-9 ]*PUBLIC KEY-----/, "a public key in PEM"],
  [/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/, "a certificate in PEM"],
  [/^(?:Bearer|Basic)\s/i, "a header, with a scheme before the value"],
  [/^eyJ[\w-]+\.[\w-]+\.[\w-]*$/, "a JWT"],
  [/^[a-z][a-z\d+.-]*:\/\/[^/?#]*@/i, "a URL with a user name or password"],
  [/^[a-z][a-z\d+.-]*:\/\//i, "a URL"],
  [PATH, "a path"],
  [/^(?=[\s\S]*\d)[\w~.+/=-]{20,}$/, "one long word, such as a token or a secret"],
];

/** Whether a name server could know the host: a label has 63 characters at most, fewer than Zitadel's secrets have. */
export function isPossibleHost({ hostname }: URL): boolean {
  return hostname.length < 254 && hostname.split(".").every(({ length }) => length <= 63);
}

/** Longer texts are known by their beginning. */
const MAX_LENGTH = 20_000;

function describeText(text: string): string {
  if (text.includes("\0")) return "text in UTF-16, or no text";
  const start = text.slice(0, MAX_LENGTH).replace(/^\ufeff?\s*(?=\S)/, "");
  const inside = decodeBase64(start);
  if (inside !== undefined) return `${describeText(inside)}, in Base64`;
  return LOOKS.find(([pattern]) => pattern.test(start.trimEnd() || start))?.[1] ?? "a string";
}

/** The text that is in Base64, where it is JSON or PEM: nothing else can be told from a word that only looks like it. */
export function decodeBase64(text: string): string | undefined {
  if (!/^[\w+/-]{16}[\w+/\s-]*=*\s*$/.test(text)) return undefined;
  const inside = Buffer.from(text, "base64").toString("utf8").trim();
  return /^(?:\{\s*"|-----BEGIN )/.test(inside) ? inside : undefined;
}
