/** What a bearer, a token or a private key looks like, whoever wrote it into a text. */
const SECRETS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?<=Bearer )[\w.~+/=-]{8,}/gi,
  /\b(?<=Basic )[A-Za-z0-9+/=]{8,}/gi,
  /\beyJ[\w-]{8,}(\.[\w-]*){1,4}/g,
];

/** Takes out of a text what an echoing server or proxy may have put there. */
export function scrub(text: string): string {
  let clean = text;
  for (const secret of SECRETS) clean = clean.replaceAll(secret, "[redacted]");
  return clean;
}
