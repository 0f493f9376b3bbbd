import { describe } from "../../shared/describe.ts";
import { invalidOption } from "../../shared/invalid-option.ts";
import { type AuthEventListener, emit } from "../auth-event.ts";
import { parsePrivateKey, type SigningKey } from "./private-key.ts";
import { parseStoredJson } from "./stored-text.ts";

/** The content of a service user's key file, as Zitadel issues it. */
export interface ServiceAccountKey {
  readonly type: "serviceaccount";
  readonly keyId: string;
  /** The private key in PEM: PKCS#1 (as Zitadel issues them), PKCS#8 or SEC1; RSA or EC P-256. */
  readonly key: string;
  readonly userId: string;
  /** ISO 8601. */
  readonly expirationDate?: string | undefined;
}

/** The content of an application's key file, as Zitadel issues it. */
export interface ApplicationKey {
  readonly type: "application";
  readonly keyId: string;
  /** The private key in PEM: PKCS#1 (as Zitadel issues them), PKCS#8 or SEC1; RSA or EC P-256. */
  readonly key: string;
  readonly appId?: string | undefined;
  readonly clientId: string;
  /** ISO 8601. */
  readonly expirationDate?: string | undefined;
}

/** The content of a service user's key file, as JSON text or as an object. */
export type KeyFileContent = string | ServiceAccountKey;

/** A parsed key file. */
export interface AssertionKey extends SigningKey {
  readonly keyId: string;
  /** The user or client that the key belongs to, which is issuer and subject of its assertions. */
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
}

type KeyFileType = "serviceaccount" | "application";

/** The types of key files: their names, the field with the owner, and how to get one. */
const TYPES = {
  serviceaccount: {
    name: "the key file of a service user",
    owner: "userId",
    remedy:
      "Add a key to a service user in Zitadel and use its file; an application's key is for the client of tokenExchange()",
  },
  application: {
    name: "the key file of an application",
    owner: "clientId",
    remedy: "Add a key to the application in Zitadel and use its file",
  },
} as const;

/** Reads a service user's key file. */
export function parseServiceAccountKey(raw: unknown, option: string): AssertionKey {
  return parseKeyFile(raw, option, "serviceaccount");
}

/** Reads an application's key file. */
export function parseApplicationKey(raw: unknown, option: string): AssertionKey {
  return parseKeyFile(raw, option, "application");
}

function parseKeyFile(raw: unknown, option: string, type: KeyFileType): AssertionKey {
  const expected = `${TYPES[type].name}, of type ${type}, as Zitadel issues it`;
  const file = toObject(raw);
  if (file === undefined) {
    // The form in which addKey() returns it.
    if (raw instanceof Uint8Array)
      throw invalidOption(option, "bytes", `${expected}: pass its text, Buffer.from(keyContent).toString()`);
    const looks = describe(raw);
    const seen = /^(?:JSON|the content of)/.test(looks) ? "JSON that is damaged" : looks;
    throw invalidOption(
      option,
      seen,
      expected,
      option === "key" && seen === "a path" ? "keyFile" : undefined,
    );
  }
  if (file["type"] !== type) throw invalidOption(option, ...wrongType(file["type"], type, expected));
  const { owner } = TYPES[type];
  const keyId = textField(file, "keyId");
  const subject = textField(file, owner);
  if (keyId === undefined) throw invalidOption(option, `without "keyId"`, expected);
  if (subject === undefined) throw invalidOption(option, `without "${owner}"`, expected);
  const signingKey = parsePrivateKey(file["key"], `"key" in ${option}`);
  return { ...signingKey, keyId, subject, expiresAt: toTime(file["expirationDate"]) };
}

/** Describes a wrong type, and what is expected. */
function wrongType(seen: unknown, type: KeyFileType, expected: string): [string, string] {
  const other = type === "serviceaccount" ? "application" : "serviceaccount";
  if (seen !== other) return [`JSON of another "type"`, expected];
  return [
    `${TYPES[other].name}, which the token endpoint refuses here`,
    `${expected}. ${TYPES[type].remedy}`,
  ];
}

function toObject(raw: unknown): Record<string, unknown> | undefined {
  const value = typeof raw === "string" ? parseStoredJson(raw) : raw;
  // Promises and bytes are objects too, but have no fields of a key file.
  if (value instanceof Promise || value instanceof Uint8Array) return undefined;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function textField(file: Record<string, unknown>, name: string): string | undefined {
  const value = file[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function toTime(value: unknown): number | undefined {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

const NOTICE_MS = 14 * 24 * 3_600_000;

/** Emits an event if a key has expired or will soon. `now` is the server's wall-clock time. */
export function warnOfExpiry(key: AssertionKey, now: number, onEvent: AuthEventListener | undefined): void {
  const expiresInMs = (key.expiresAt ?? Number.POSITIVE_INFINITY) - now;
  if (expiresInMs < NOTICE_MS) emit(onEvent, { type: "key-expiring", keyId: key.keyId, expiresInMs });
}
