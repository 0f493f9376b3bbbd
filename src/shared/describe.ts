/**
 * Describes a value, or what a text looks like, without quoting it: for messages about options, whose value may be a
 * misplaced secret.
 */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === "string") return describeText(value);
  if (Array.isArray(value)) return "an array";
  if (value instanceof Promise) return "a promise that was not awaited";
  if (value instanceof Uint8Array) return "bytes";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Returns a name only if it looks like one; otherwise, it may be a misplaced secret. */
export function describeName(name: string): string {
  return /^[A-Za-z$_][\w$-]{0,31}$/.test(name) ? name : "[not a valid name]";
}

/** Whether a text looks like a file path. Zitadel's tokens have no slashes. */
export function looksLikePath(text: string): boolean {
  return PATH.test(text);
}

const PATH =
  /^(?:~|\.{1,2})?[\\/][\w. -]+[\\/]|^(?:~|\.{1,2})[\\/]|^[A-Za-z]:[\\/]|^[\w./\\ -]*\.(?:json|pem|key|crt|cer|txt|pat)$/i;

/** The first match counts. */
const LOOKS: readonly (readonly [RegExp, string])[] = [
  [/^$/, "an empty string"],
  [/^\s+$/, "whitespace"],
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

/** Whether the host could exist in DNS: a label has at most 63 characters, fewer than Zitadel's secrets have. */
export function isPossibleHost({ hostname }: URL): boolean {
  return hostname.length < 254 && hostname.split(".").every(({ length }) => length <= 63);
}

/** Only the beginning of longer texts is examined. */
const MAX_LENGTH = 20_000;

function describeText(text: string): string {
  if (text.includes("\0")) return "UTF-16 text, or not text at all";
  const start = text.slice(0, MAX_LENGTH).replace(/^\ufeff?\s*(?=\S)/, "");
  const inside = decodeBase64(start);
  if (inside !== undefined) return `${describeText(inside)}, in Base64`;
  return LOOKS.find(([pattern]) => pattern.test(start.trimEnd() || start))?.[1] ?? "a string";
}

/** Decodes Base64 that contains JSON or PEM; anything else may be a word that only looks like Base64. */
export function decodeBase64(text: string): string | undefined {
  if (!/^[\w+/-]{16}[\w+/\s-]*=*\s*$/.test(text)) return undefined;
  const inside = Buffer.from(text, "base64").toString("utf8").trim();
  return /^(?:\{\s*"|-----BEGIN )/.test(inside) ? inside : undefined;
}
