import { createPrivateKey, type KeyObject } from "node:crypto";
import { describe } from "../../shared/describe.ts";
import { invalidOption, requireString } from "../../shared/invalid-option.ts";
import { unpackPem } from "./stored-text.ts";

/** JOSE algorithms (RFC 7518 section 3.1) that Zitadel verifies assertions with. */
export type SigningAlgorithm = "RS256" | "ES256";

/** A private key for signing. */
export interface SigningKey {
  readonly alg: SigningAlgorithm;
  readonly privateKey: KeyObject;
  /** The id under which the server knows the public key. */
  readonly keyId?: string | undefined;
}

const EXPECTED = "an RSA or P-256 private key in PEM, not encrypted";

/** Reads a private key in PEM: PKCS#1 (as Zitadel issues them), PKCS#8 or SEC1; RSA or EC on the curve P-256. */
export function parsePrivateKey(raw: unknown, option: string): Omit<SigningKey, "keyId"> {
  requireString(option, raw);
  const pem = unpackPem(raw);
  if (/-----BEGIN (RSA )?PUBLIC KEY-----/.test(pem)) throw invalidOption(option, "a public key", EXPECTED);
  if (pem.includes("ENCRYPTED")) throw invalidOption(option, "an encrypted private key", EXPECTED);
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    // The parser's error adds nothing, and could contain the key.
    const seen = describe(raw);
    throw invalidOption(
      option,
      pem.startsWith("-----BEGIN") ? `${seen} that is damaged` : seen,
      EXPECTED,
      option === "key" && seen === "a path" ? "keyFile" : undefined,
    );
  }
  return { privateKey, alg: algorithmFor(option, privateKey) };
}

function algorithmFor(option: string, key: KeyObject): SigningAlgorithm {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "rsa") return "RS256";
  if (type === "ec" && details?.namedCurve === "prime256v1") return "ES256";
  const curve = details?.namedCurve === undefined ? "" : ` on the curve ${details.namedCurve}`;
  throw invalidOption(option, `a key of type ${type}${curve}, which Zitadel does not support`, EXPECTED);
}
