import { createPrivateKey, type KeyObject } from "node:crypto";
import type { CompactJWEHeaderParameters, CompactVerifyGetKey } from "jose";
import type { DecryptionKey, ResolvedWebhookOptions } from "./options.ts";
import { WebhookError } from "./webhook-error.ts";

/** Opens the tokens that payloads come in. */
export interface Tokens {
  /** The signed content of a JWT. */
  verify(jwt: Uint8Array): Promise<Uint8Array>;
  /** The JWT in a JWE. */
  decrypt(jwe: Uint8Array): Promise<Uint8Array>;
}

/** What Zitadel's web keys may be. No symmetric algorithm, with which a public key could be taken for a secret. */
const SIGNATURES = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"];
const MAX_AGE_MS = 600_000;
const COOLDOWN_MS = 10_000;

/** Errors of the key set's that say nothing of the token. */
const NOT_THE_TOKEN = new Set(["ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID", "ERR_JOSE_GENERIC"]);

/** Imports jose when the first token comes. */
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
        keyManagementAlgorithms: ["RSA-OAEP-256"],
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
  if (typeof jwks === "object" && !(jwks instanceof URL)) return createLocalJWKSet(jwks);
  return createRemoteJWKSet(new URL(jwks ?? ""), {
    cacheMaxAge: MAX_AGE_MS,
    cooldownDuration: COOLDOWN_MS,
    ...(fetch === undefined ? {} : { [customFetch]: fetch }),
  });
}

/** The key for a key id; where there is just one key, it is for all. */
function decryptionKeys(
  option: ResolvedWebhookOptions["decryptionKey"],
): (kid: string | undefined) => KeyObject {
  if (option === undefined) return missingKey;
  if (typeof option === "string" || "asymmetricKeyType" in option) {
    const key = privateKey(option as DecryptionKey);
    return () => key;
  }
  const keys = new Map(Object.entries(option).map(([kid, key]) => [kid, privateKey(key)]));
  return (kid) => keys.get(kid ?? "") ?? missingKey(kid);
}

function privateKey(key: DecryptionKey): KeyObject {
  try {
    return typeof key === "string" ? createPrivateKey(key) : key;
  } catch {
    // What Node says may quote the key.
    throw new TypeError("decryptionKey: expected a private key as PEM");
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
