import { describe, misuse } from "../shared/invalid-option.ts";
import { type AuthEventListener, tell } from "./auth-event.ts";
import { parsePrivateKey, type SigningKey } from "./signing-key.ts";

/** What is in the key file of a service user, as Zitadel hands it out. */
export interface ServiceAccountKey {
  readonly type: "serviceaccount";
  readonly keyId: string;
  /** The private key in PEM: PKCS#1 (as Zitadel makes them), PKCS#8 or SEC1; RSA or EC P-256. */
  readonly key: string;
  readonly userId: string;
  /** ISO 8601. */
  readonly expirationDate?: string | undefined;
}

/** What is in the key file of an application, as Zitadel hands it out. */
export interface ApplicationKey {
  readonly type: "application";
  readonly keyId: string;
  /** The private key in PEM: PKCS#1 (as Zitadel makes them), PKCS#8 or SEC1; RSA or EC P-256. */
  readonly key: string;
  readonly appId?: string | undefined;
  readonly clientId: string;
  /** ISO 8601. */
  readonly expirationDate?: string | undefined;
}

/** The content of a key file: as text (JSON) or as an object. */
export type KeyFileContent = string | ServiceAccountKey | ApplicationKey;

/** A key file that has been read. */
export interface AssertionKey extends SigningKey {
  readonly keyId: string;
  /** The user or client that the key belongs to: issuer and subject of its assertions. */
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
}

const OWNER = { serviceaccount: "userId", application: "clientId" } as const;

/** Reads a key file. Which types are welcome depends on the method. */
export function parseKeyFile(
  method: string,
  types: readonly (keyof typeof OWNER)[],
): (raw: unknown, option: string) => AssertionKey {
  const expected = `the content of a key file of type ${types.join(" or ")}, as Zitadel hands it out`;
  return (raw, option) => {
    const file = toObject(raw);
    if (file === undefined) throw misuse(method, option, notJson(raw), expected);
    const type = types.find((known) => known === file["type"]);
    if (type === undefined) throw misuse(method, option, `JSON of another "type"`, expected);
    const keyId = field(file, "keyId");
    const subject = field(file, OWNER[type]);
    const missing = keyId === undefined ? "keyId" : subject === undefined ? OWNER[type] : undefined;
    if (keyId === undefined || subject === undefined)
      throw misuse(method, option, `without "${missing}"`, expected);
    const signingKey = parsePrivateKey(method, `"key" in ${option}`, file["key"]);
    return { ...signingKey, keyId, subject, expiresAt: dateOf(file["expirationDate"]) };
  };
}

function toObject(raw: unknown): Record<string, unknown> | undefined {
  let value = raw;
  try {
    if (typeof raw === "string") value = JSON.parse(raw);
  } catch {
    // The parser's error repeats part of its input.
    return undefined;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function notJson(raw: unknown): string {
  if (typeof raw !== "string" || raw === "") return describe(raw);
  return raw.startsWith("-----BEGIN") ? "a bare PEM key" : "a string that is no JSON object";
}

function field(file: Record<string, unknown>, name: string): string | undefined {
  const value = file[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function dateOf(value: unknown): number | undefined {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

const NOTICE_MS = 14 * 24 * 3_600_000;

/** Tells that a key has expired or soon will. `now` is the server's time. */
export function warnOfExpiry(key: AssertionKey, now: number, onEvent: AuthEventListener | undefined): void {
  const expiresInMs = (key.expiresAt ?? Number.POSITIVE_INFINITY) - now;
  if (expiresInMs < NOTICE_MS) tell(onEvent, { type: "key_expiring", keyId: key.keyId, expiresInMs });
}
