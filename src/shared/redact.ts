const MAX_LENGTH = 300;

/**
 * Makes text from a server fit for an error message: no secret that was sent (as it is, form-urlencoded or in
 * Base64), one line, at most 300 characters.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets.flatMap(spellings)) clean = clean.replaceAll(secret, "[redacted]");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  clean = clean.replace(/[\s\u0000-\u001f\u007f]+/g, " ").trim();
  return clean.length > MAX_LENGTH ? `${clean.slice(0, MAX_LENGTH)}…` : clean;
}

function spellings(secret: string): string[] {
  if (secret === "") return [];
  const all = [
    secret,
    formEncode(secret),
    encodeURIComponent(secret),
    Buffer.from(secret).toString("base64"),
  ];
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}

/** Encodes one part as `application/x-www-form-urlencoded` does. */
export function formEncode(part: string): string {
  return new URLSearchParams({ "": part }).toString().slice(1);
}
