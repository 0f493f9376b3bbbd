import { createPrivateKey, type KeyObject } from "node:crypto";
import { types } from "node:util";
import type { CompactJWEHeaderParameters, CompactVerifyGetKey } from "jose";
import { describe } from "../shared/describe.ts";
import { invalidOption } from "../shared/invalid-option.ts";
import { WebhookError } from "./webhook-error.ts";
import type { DecryptionKey, ResolvedWebhookOptions } from "./webhook-options.ts";

/** Verifies and decrypts the tokens that contain payloads. */
export interface Tokens {
  /** The signed content of a JWT. */
  verify(jwt: Uint8Array): Promise<Uint8Array>;
  /** The JWT in a JWE. */
  decrypt(jwe: Uint8Array): Promise<Uint8Array>;
}

/** The algorithms of Zitadel's web keys. No symmetric ones: they would allow a public key to be misused as a secret. */
const SIGNATURES = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"];
const EXPECTED_KEY = "a private key, RSA or EC, as PEM or KeyObject";
const MAX_AGE_MS = 600_000;
const COOLDOWN_MS = 10_000;

/** Errors of the key set that say nothing about the token. */
const NOT_THE_TOKEN = new Set(["ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID", "ERR_JOSE_GENERIC"]);

/** Imports jose only for the first token. */
export function createTokens(options: ResolvedWebhookOptions): Tokens {
  const decryptionKeyFor = decryptionKeys(options.decryptionKey);
  let keySet: Promise<CompactVerifyGetKey> | undefined;
  return {
    async verify(jwt) {
      const { compactVerify } = await import("jose");
      keySet ??= createKeySet(options);
      try {
        return (await compactVerify(jwt, await keySet, { algorithms: SIGNATURES })).payload;
      } catch (error) {
        throw aboutToken(error) ? invalid(error) : unavailable(error);
      }
    },
    async decrypt(jwe) {
      const { compactDecrypt } = await import("jose");
      const algorithms = {
        // For RSA and for EC keys.
        keyManagementAlgorithms: ["RSA-OAEP-256", "ECDH-ES+A256KW"],
        contentEncryptionAlgorithms: ["A256GCM"],
      };
      try {
        return (
          await compactDecrypt(
            jwe,
            (header: CompactJWEHeaderParameters) => decryptionKeyFor(header.kid),
            algorithms,
          )
        ).plaintext;
      } catch (error) {
        throw invalid(error);
      }
    },
  };
}

async function createKeySet({ jwks, fetch }: ResolvedWebhookOptions): Promise<CompactVerifyGetKey> {
  const { createLocalJWKSet, createRemoteJWKSet, customFetch } = await import("jose");
  if (!(jwks instanceof URL)) return createLocalJWKSet(jwks ?? { keys: [] });
  return createRemoteJWKSet(jwks, {
    cacheMaxAge: MAX_AGE_MS,
    cooldownDuration: COOLDOWN_MS,
    ...(fetch === undefined ? {} : { [customFetch]: fetch }),
  });
}

/** Finds the key for a key id; a single key serves all ids. Keys are checked at once, not at the first call. */
function decryptionKeys(
  option: ResolvedWebhookOptions["decryptionKey"],
): (kid: string | undefined) => KeyObject {
  if (option === undefined) return missingKey;
  if (isKeyRecord(option)) {
    const entries = Object.entries(option);
    const keys = new Map(entries.map(([kid, key]) => [kid, privateKey(entryName(kid), key)]));
    return (kid) => keys.get(kid ?? "") ?? missingKey(kid);
  }
  const key = privateKey("decryptionKey", option);
  return () => key;
}

/** The name of an entry in messages. Omits a property name that may be the secret itself instead of an id. */
function entryName(kid: string): string {
  return /^[\w-]{1,19}$/.test(kid) ? `decryptionKey["${kid}"]` : "an entry of decryptionKey";
}

function isKeyRecord(option: object | string): option is Readonly<Record<string, DecryptionKey>> {
  return typeof option === "object" && option !== null && !types.isKeyObject(option);
}

function privateKey(option: string, value: unknown): KeyObject {
  const key = typeof value === "string" ? readPem(option, value) : value;
  if (!types.isKeyObject(key)) throw invalidOption(option, describe(key), EXPECTED_KEY);
  if (key.type !== "private") throw invalidOption(option, `a ${key.type} key`, EXPECTED_KEY);
  if (key.asymmetricKeyType === "rsa" || key.asymmetricKeyType === "ec") return key;
  throw invalidOption(option, `a key of type ${key.asymmetricKeyType}`, EXPECTED_KEY);
}

function readPem(option: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // Node's error may quote the key.
    throw invalidOption(option, describe(pem), EXPECTED_KEY);
  }
}

function missingKey(kid: string | undefined): never {
  throw new Error(`no key ${kid ?? "without an id"}`);
}

function aboutToken(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("ERR_J") && !NOT_THE_TOKEN.has(code);
}

function invalid(cause: unknown): WebhookError {
  return new WebhookError(
    "token_invalid",
    "the payload is not a token of this instance for this target",
    cause,
  );
}

function unavailable(cause: unknown): WebhookError {
  return new WebhookError("keys_unavailable", "the keys of the instance could not be fetched", cause);
}
