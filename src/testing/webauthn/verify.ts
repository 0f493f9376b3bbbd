import { createHash, verify, X509Certificate } from "node:crypto";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { WebAuthnCredential } from "../state/model/auth-methods.ts";
import {
  type AttestedCredential,
  type AuthenticatorData,
  parseAuthenticatorData,
  parseCoseKey,
} from "./authenticator-data.ts";
import { type CborMap, decodeCbor } from "./cbor.ts";

/** A parsed response of an authenticator. */
interface ParsedResponse {
  readonly credentialId: Uint8Array;
  readonly clientData: { readonly type: string; readonly challenge: string; readonly origin: string };
  readonly clientDataHash: Uint8Array;
  /** The authenticator data as it was signed. */
  readonly rawData: Uint8Array;
  readonly data: AuthenticatorData;
}

/** A response that registers a credential. */
export interface Registration extends ParsedResponse {
  readonly attested: AttestedCredential;
  readonly format: string;
  readonly statement: CborMap;
}

/** A response that signs a user in. */
export interface Assertion extends ParsedResponse {
  readonly signature: Uint8Array;
  readonly userHandle: string;
}

/** What a response has to match. */
export interface Expectation {
  readonly challenge: string;
  readonly rpId: string;
  readonly userVerification: boolean;
}

/** Parses a registration. Undefined if it is malformed. */
export function parseRegistration(credential: JsonObject | undefined): Registration | undefined {
  try {
    const response = credential?.["response"] as JsonObject;
    const object = decodeCbor(parseBytes(response["attestationObject"])).value as CborMap;
    const parsed = parse(credential, object.get("authData") as Uint8Array);
    const { attested } = parsed.data;
    if (attested === undefined) return undefined;
    const [format, statement] = [String(object.get("fmt")), object.get("attStmt") as CborMap];
    return { ...parsed, attested, format, statement };
  } catch {
    return undefined;
  }
}

/** Parses an assertion. Undefined if it is malformed. */
export function parseAssertion(credential: JsonObject | undefined): Assertion | undefined {
  try {
    const response = credential?.["response"] as JsonObject;
    const parsed = parse(credential, parseBytes(response["authenticatorData"]));
    const handle = response["userHandle"];
    const userHandle = typeof handle === "string" ? Buffer.from(handle, "base64url").toString() : "";
    return { ...parsed, signature: parseBytes(response["signature"]), userHandle };
  } catch {
    return undefined;
  }
}

function parse(credential: JsonObject | undefined, rawData: Uint8Array): ParsedResponse {
  const response = credential?.["response"] as JsonObject;
  const credentialId = parseBytes(credential?.["id"]);
  if (credential?.["type"] !== "public-key" || credentialId.length === 0)
    throw new RangeError("not a public key credential");
  const clientDataJson = parseBytes(response["clientDataJSON"]);
  const { type, challenge, origin } = JSON.parse(clientDataJson.toString()) as Record<string, unknown>;
  return {
    credentialId,
    clientData: { type: String(type), challenge: String(challenge), origin: String(origin) },
    clientDataHash: sha256(clientDataJson),
    rawData,
    data: parseAuthenticatorData(rawData),
  };
}

/** Verifies a registration (WebAuthn, section 7.1), but not whether the authenticator's manufacturer is trusted. */
export function verifyRegistration(
  registration: Registration,
  expectation: Expectation,
): WebAuthnCredential | undefined {
  const { attested, data } = registration;
  if (!isMeant(registration, "webauthn.create", expectation) || !isAttested(registration)) return undefined;
  return {
    id: Buffer.from(attested.credentialId).toString("base64url"),
    publicKey: attested.publicKey,
    signCount: data.signCount,
  };
}

/** Verifies an assertion of a credential (WebAuthn, section 7.2). */
export function verifyAssertion(
  assertion: Assertion,
  { publicKey }: WebAuthnCredential,
  expectation: Expectation,
): boolean {
  return (
    isMeant(assertion, "webauthn.get", expectation) && isSigned(assertion, publicKey, assertion.signature)
  );
}

/** Whether a response matches the expectation. Like the server, accepts any valid origin. */
function isMeant({ clientData, data }: ParsedResponse, type: string, expectation: Expectation): boolean {
  return (
    clientData.type === type &&
    clientData.challenge === expectation.challenge &&
    (URL.parse(clientData.origin)?.host ?? "") !== "" &&
    sha256(Buffer.from(expectation.rpId)).equals(data.rpIdHash) &&
    data.userPresent &&
    (data.userVerified || !expectation.userVerification)
  );
}

/** Whether an attestation statement (section 8) is valid. Only the formats `none` and `packed` are supported. */
function isAttested(registration: Registration): boolean {
  const { format, statement, attested } = registration;
  if (format === "none") return statement.size === 0;
  if (format !== "packed") return false;
  const signature = statement.get("sig") as Uint8Array;
  const chain = statement.get("x5c") as Uint8Array[] | undefined;
  if (chain === undefined) return isSigned(registration, attested.publicKey, signature);
  try {
    const { publicKey } = new X509Certificate(chain[0] ?? new Uint8Array());
    return verify("sha256", toSignedBytes(registration), publicKey, signature);
  } catch {
    return false;
  }
}

function isSigned(response: ParsedResponse, publicKey: Uint8Array, signature: Uint8Array): boolean {
  try {
    const { key, hash } = parseCoseKey(publicKey);
    return verify(hash, toSignedBytes(response), key, signature);
  } catch {
    return false;
  }
}

function toSignedBytes({ rawData, clientDataHash }: ParsedResponse): Uint8Array {
  return Buffer.concat([rawData, clientDataHash]);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

const BASE64URL = /^[\w-]+=*$/;

function parseBytes(value: JsonValue | undefined): Buffer {
  if (typeof value !== "string" || !BASE64URL.test(value)) throw new RangeError("not base64url");
  return Buffer.from(value, "base64url");
}
