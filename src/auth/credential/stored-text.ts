import { decodeBase64 } from "../../shared/describe.ts";

/**
 * Removes what secret stores, shells and editors add to a text: a byte order mark, surrounding whitespace, quotes, and
 * Base64 around JSON or PEM. None of Zitadel's credentials begins with a quote.
 */
export function unpackText(stored: string): string {
  const text = stored.replace(/^\ufeff/, "").trim();
  const inner = unquote(text) ?? decodeBase64(text);
  return inner === undefined ? text : unpackText(inner);
}

function unquote(text: string): string | undefined {
  if (!/^(["'])[\s\S]+\1$/.test(text)) return undefined;
  try {
    // Quoted as JSON, with escapes.
    if (text.startsWith('"')) return String(JSON.parse(text));
  } catch {
    // Quoted as in a shell.
  }
  return text.slice(1, -1);
}

/** Parses JSON, even if its quotes were escaped, or its escaped newlines were unescaped. */
export function parseStoredJson(stored: string): unknown {
  const text = unpackText(stored);
  const escaped = text.replaceAll(/-----BEGIN[^"]*-----END[^"]*/g, (pem) => pem.replaceAll(/\r?\n/g, "\\n"));
  for (const candidate of [text, escaped, text.replaceAll('\\"', '"')]) {
    try {
      return JSON.parse(candidate);
    } catch {
      // The parser's error repeats part of its input.
    }
  }
  return undefined;
}

/** Restores PEM as in RFC 7468, if its newlines were replaced by spaces or escaped. */
export function unpackPem(stored: string): string {
  const text = unpackText(stored).replaceAll(/\\r|\\n/g, "\n");
  const [, label, body = ""] = /^-----BEGIN ([A-Z ]+)-----([\w\s+/=]+)-----END \1-----$/.exec(text) ?? [];
  if (label === undefined) return text;
  const lines = body.replaceAll(/\s/g, "").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
