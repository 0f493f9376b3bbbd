import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { type CborMap, decodeCbor } from "./cbor.ts";

/** Authenticator data (WebAuthn, section 6.1). */
export interface AuthenticatorData {
  readonly rpIdHash: Uint8Array;
  readonly userPresent: boolean;
  readonly userVerified: boolean;
  readonly signCount: number;
  /** Only in a registration. */
  readonly attested: AttestedCredential | undefined;
}

/** The credential in a registration. */
export interface AttestedCredential {
  readonly aaguid: Uint8Array;
  readonly credentialId: Uint8Array;
  /** A COSE key. */
  readonly publicKey: Uint8Array;
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const ATTESTED = 0x40;
const EXTENSIONS = 0x80;
const FIXED_LENGTH = 37;
const AAGUID_LENGTH = 16;

/** Parses authenticator data. Throws a `RangeError` if it is malformed. */
export function parseAuthenticatorData(bytes: Uint8Array): AuthenticatorData {
  const data = Buffer.from(bytes);
  const flags = data.readUInt8(32);
  const signCount = data.readUInt32BE(33);
  const rest = data.subarray(FIXED_LENGTH);
  const { attested, length } =
    (flags & ATTESTED) === 0 ? { attested: undefined, length: 0 } : parseAttested(rest);
  if ((flags & EXTENSIONS) === 0 && rest.length > length)
    throw new RangeError("The data has additional bytes");
  return {
    rpIdHash: data.subarray(0, 32),
    userPresent: (flags & USER_PRESENT) !== 0,
    userVerified: (flags & USER_VERIFIED) !== 0,
    signCount,
    attested,
  };
}

function parseAttested(data: Buffer): { attested: AttestedCredential; length: number } {
  const keyAt = AAGUID_LENGTH + 2 + data.readUInt16BE(AAGUID_LENGTH);
  const { length } = decodeCbor(data.subarray(keyAt));
  const attested = {
    aaguid: data.subarray(0, AAGUID_LENGTH),
    credentialId: data.subarray(AAGUID_LENGTH + 2, keyAt),
    publicKey: Uint8Array.from(data.subarray(keyAt, keyAt + length)),
  };
  return { attested, length: keyAt + length };
}

/** A public key, and the hash algorithm of its signatures: null if the signature algorithm includes one. */
export interface VerificationKey {
  readonly key: KeyObject;
  readonly hash: string | null;
}

/** The hashes of the signature algorithms that the server offers, by their COSE numbers (IANA, "COSE Algorithms"). */
const HASHES: Readonly<Record<number, string | null>> = {
  [-7]: "sha256",
  [-35]: "sha384",
  [-36]: "sha512",
  [-257]: "sha256",
  [-258]: "sha384",
  [-259]: "sha512",
  [-8]: null,
};

const CURVES: Readonly<Record<number, string>> = { 1: "P-256", 2: "P-384", 3: "P-521", 6: "Ed25519" };
const KEY_TYPES: Readonly<Record<number, string>> = { 1: "OKP", 2: "EC", 3: "RSA" };

/** Parses a COSE key (RFC 9053, section 7). Throws if it is not supported. */
export function parseCoseKey(bytes: Uint8Array): VerificationKey {
  const key = decodeCbor(bytes).value as CborMap;
  const kty = KEY_TYPES[Number(key.get(1))] ?? "";
  const hash = HASHES[Number(key.get(3))];
  if (hash === undefined) throw new RangeError("The algorithm was not offered");
  const part = (label: number): string => Buffer.from(key.get(label) as Uint8Array).toString("base64url");
  const crv = CURVES[Number(key.get(-1))] ?? "";
  const jwk: JsonWebKey =
    kty === "RSA"
      ? { kty, n: part(-1), e: part(-2) }
      : { kty, crv, x: part(-2), ...(kty === "EC" ? { y: part(-3) } : {}) };
  return { key: createPublicKey({ key: jwk, format: "jwk" }), hash };
}
