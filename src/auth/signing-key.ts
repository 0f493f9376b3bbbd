import { createPrivateKey, type KeyObject, randomUUID, sign } from "node:crypto";
import { promisify } from "node:util";
import { misuse, requireString } from "../shared/invalid-option.ts";

const signAsync = promisify(sign);

/** JOSE algorithms (RFC 7518 section 3.1) that Zitadel verifies assertions with. */
export type SigningAlgorithm = "RS256" | "ES256";

/** A private key that signs. */
export interface SigningKey {
  readonly alg: SigningAlgorithm;
  readonly privateKey: KeyObject;
  /** The id under which the server knows the public key. */
  readonly keyId?: string | undefined;
}

/** Reads a private key in PEM: PKCS#1 (as Zitadel issues them), PKCS#8 or SEC1; RSA or EC on the curve P-256. */
export function parsePrivateKey(method: string, option: string, pem: unknown): Omit<SigningKey, "keyId"> {
  requireString(method, option, pem);
  const expected = "an RSA or P-256 private key in PEM, not encrypted";
  if (/-----BEGIN (RSA )?PUBLIC KEY-----/.test(pem)) throw misuse(method, option, "a public key", expected);
  if (pem.includes("ENCRYPTED")) throw misuse(method, option, "an encrypted private key", expected);
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    // The parser's error says nothing more, and must not take the key along.
    throw misuse(method, option, "not a private key in PEM", expected);
  }
  return { privateKey, alg: algorithmOf(method, option, privateKey, expected) };
}

function algorithmOf(method: string, option: string, key: KeyObject, expected: string): SigningAlgorithm {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "rsa") return "RS256";
  if (type === "ec" && details?.namedCurve === "prime256v1") return "ES256";
  const curve = details?.namedCurve === undefined ? "" : ` on the curve ${details.namedCurve}`;
  throw misuse(
    method,
    option,
    `a key of type ${type}${curve}, with which Zitadel verifies nothing`,
    expected,
  );
}

/** The server refuses what is issued more than 1 s in its future: a clock that is fast by less than this passes. */
export const BACKDATE_MS = 30_000;

/** What a signed statement says. */
export interface Statement {
  /** Who it is, and who says so. */
  readonly subject: string;
  readonly audience: string;
  /** The server's time in milliseconds since the epoch. */
  readonly now: number;
  /** From now. The server refuses anything that was issued over an hour ago. */
  readonly lifetimeMs: number;
}

/** Signs a JWT by which `subject` proves who it is (RFC 7523 section 3), off the main thread. */
export async function signStatement(key: SigningKey, statement: Statement): Promise<string> {
  const { subject, audience, now, lifetimeMs } = statement;
  const header = { alg: key.alg, typ: "JWT", ...(key.keyId === undefined ? {} : { kid: key.keyId }) };
  const claims = {
    iss: subject,
    sub: subject,
    aud: audience,
    iat: Math.floor((now - BACKDATE_MS) / 1_000),
    exp: Math.floor((now + lifetimeMs) / 1_000),
    jti: randomUUID(),
  };
  const input = `${encode(header)}.${encode(claims)}`;
  const signature = await signAsync("sha256", Buffer.from(input), {
    key: key.privateKey,
    // JOSE wants r and s side by side, not in DER; for RSA this says nothing.
    dsaEncoding: "ieee-p1363",
  });
  return `${input}.${signature.toString("base64url")}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
