import type { JSONWebKeySet } from "jose";
import { parseSecret } from "../auth/credential/secret-format.ts";
import { isTrustworthyOrigin } from "../auth/trustworthy-origin.ts";
import { describe } from "../shared/describe.ts";
import {
  invalidOption,
  requireFunction,
  requireKnown,
  requireNumber,
  requireObject,
  requireOneOf,
} from "../shared/invalid-option.ts";
import type { NodeKey } from "../shared/node-key.ts";
import { logErrors } from "./log-errors.ts";
import type { WebhookError } from "./webhook-error.ts";

/** How webhook calls of Zitadel's actions are verified. */
export interface WebhookOptions {
  /**
   * The signing key of the target, as `createTarget()` returned it, or that of the HTTP provider. While keys are
   * rotated, there may be several, of which any may match.
   */
  readonly signingKey: string | readonly string[];
  /** The target's payload type. Anything else is refused. Default: `json`. */
  readonly payload?: "json" | "jwt" | "jwe" | undefined;
  /**
   * For `jwt` and `jwe`: the URL of the instance's keys, such as `https://acme.zitadel.cloud/oauth/v2/keys`, or the
   * keys themselves. An `http:` URL must be on this machine. The keys are fetched when first needed, kept for ten
   * minutes, and fetched again for a key that is not among them, at most every ten seconds.
   */
  readonly jwks?: string | URL | JSONWebKeySet | undefined;
  /** For `jwe`: the private key for the target's public key. While keys are rotated, several keys by key id. */
  readonly decryptionKey?: DecryptionKey | Readonly<Record<string, DecryptionKey>> | undefined;
  /** How long ago, or how far in the future, a call may have been signed, in milliseconds. Default: 300,000. */
  readonly toleranceMs?: number | undefined;
  /** The maximum body size in bytes, whoever reads the body. Default: 1 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Called with the error of each call that was not accepted; exceptions from it are ignored. Default: `console.error`,
   * for every signed call, but only once per code for others, which anybody can send.
   */
  readonly onError?: ((error: WebhookError) => unknown) | undefined;
  /** Fetches the keys. Default: the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
  /** The time, in milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** An RSA or EC private key, as PEM or a `KeyObject` of `node:crypto`. */
export type DecryptionKey = string | NodeKey;

/** Options with all defaults filled in. */
export interface ResolvedWebhookOptions {
  readonly signingKeys: readonly string[];
  readonly payload: "json" | "jwt" | "jwe";
  readonly jwks: URL | JSONWebKeySet | undefined;
  readonly decryptionKey: WebhookOptions["decryptionKey"];
  readonly toleranceMs: number;
  readonly maxBodyBytes: number;
  readonly onError: (error: WebhookError) => unknown;
  readonly fetch: typeof fetch | undefined;
  readonly now: () => number;
}

const KNOWN: Record<keyof WebhookOptions, true> = {
  signingKey: true,
  payload: true,
  jwks: true,
  decryptionKey: true,
  toleranceMs: true,
  maxBodyBytes: true,
  onError: true,
  fetch: true,
  now: true,
};

/** Names from other webhook libraries, mapped to ours. */
const FOREIGN = {
  tolerance: "toleranceMs",
  secret: "signingKey",
  signingSecret: "signingKey",
  webhookSecret: "signingKey",
  jwksUri: "jwks",
  jwksUrl: "jwks",
  privateKey: "decryptionKey",
};

const DAY_MS = 86_400_000;

/** Checks options and fills in defaults. Throws a TypeError that names the option. */
export function resolveWebhookOptions(options: WebhookOptions): ResolvedWebhookOptions {
  requireObject("its argument", options, "{ signingKey }");
  requireKnown("", options, KNOWN, FOREIGN);
  const { payload = "json", jwks, decryptionKey, toleranceMs = 300_000, maxBodyBytes = 1_048_576 } = options;
  const { onError = logErrors(), fetch, now = Date.now } = options;
  requireOneOf("payload", payload, ["json", "jwt", "jwe"]);
  if (payload === "jwe" && decryptionKey === undefined) {
    throw invalidOption("decryptionKey", "undefined", 'a private key, since payload is "jwe"');
  }
  requireNumber("toleranceMs", toleranceMs, { min: 1, max: DAY_MS, unit: "milliseconds" });
  requireNumber("maxBodyBytes", maxBodyBytes, { min: 1, max: Number.MAX_SAFE_INTEGER });
  requireFunction("onError", onError);
  requireFunction("fetch", fetch);
  requireFunction("now", now);
  return {
    signingKeys: resolveSigningKeys(options.signingKey),
    payload,
    jwks: resolveJwks(jwks, payload),
    decryptionKey,
    toleranceMs,
    maxBodyBytes,
    onError,
    fetch,
    now,
  };
}

function resolveSigningKeys(signingKey: unknown): readonly string[] {
  const keys: readonly unknown[] = Array.isArray(signingKey) ? signingKey : [signingKey];
  if (keys.length === 0) throw invalidOption("signingKey", "an empty array", "a signing key or several");
  return keys.map((key) => parseSecret(key, "signingKey"));
}

function resolveJwks(jwks: unknown, payload: string): ResolvedWebhookOptions["jwks"] {
  if (jwks === undefined) {
    if (payload === "json") return undefined;
    throw invalidOption("jwks", "undefined", `a URL or a key set, since payload is "${payload}"`);
  }
  if (typeof jwks === "string" || jwks instanceof URL) return resolveJwksUrl(jwks);
  if (typeof jwks !== "object" || jwks === null) {
    throw invalidOption("jwks", describe(jwks), "a URL or a key set");
  }
  if ("keys" in jwks && Array.isArray(jwks.keys)) return jwks as JSONWebKeySet;
  throw invalidOption("jwks", 'an object without an array "keys"', "a URL or a key set");
}

/** Whoever can change the response can forge calls. */
function resolveJwksUrl(jwks: string | URL): URL {
  const url = URL.parse(String(jwks));
  if (url === null) {
    const seen = /^[\w-]+(?:\.[\w-]+)+(?::\d+)?\//.test(String(jwks))
      ? "a URL without a scheme"
      : describe(jwks);
    throw invalidOption("jwks", seen, "a URL such as https://acme.zitadel.cloud/oauth/v2/keys");
  }
  if (isTrustworthyOrigin(url.origin)) return url;
  throw invalidOption("jwks", `a URL with ${url.protocol}`, "https:, or http: on this machine");
}
