import type { KeyObject } from "node:crypto";
import type { JSONWebKeySet } from "jose";
import type { WebhookError } from "./webhook-error.ts";

/** How webhook calls of Zitadel's actions are verified. */
export interface WebhookOptions {
  /** The signing key of the target, as `createTarget()` returned it. Several while keys are rotated: any may match. */
  readonly signingKey: string | readonly string[];
  /** The target's payload type. Anything else is refused. Default: `json`. */
  readonly payload?: "json" | "jwt" | "jwe" | undefined;
  /**
   * For `jwt` and `jwe`: where the instance has its keys, such as `https://acme.zitadel.cloud/oauth/v2/keys`, or the
   * keys themselves. They are fetched when first needed, kept for ten minutes, and fetched again for a key that is
   * not among them, at most every ten seconds.
   */
  readonly jwks?: string | URL | JSONWebKeySet | undefined;
  /** For `jwe`: the private key to the public key that the target has. Several, by key id, while keys are rotated. */
  readonly decryptionKey?: DecryptionKey | Readonly<Record<string, DecryptionKey>> | undefined;
  /** How long ago a call may have been signed, in milliseconds, also for a clock that is behind. Default: 300,000. */
  readonly toleranceMs?: number | undefined;
  /** The largest body that is read, in bytes. Default: 1 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Told about each call that was not accepted, and why. Default: nobody is. */
  readonly onError?: ((error: WebhookError) => void) | undefined;
  /** Fetches the keys. Default: the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
  /** The time, in milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** An RSA key: PEM (PKCS#1 or PKCS#8), or as Node has it. */
export type DecryptionKey = string | KeyObject;

/** Options with all defaults in place. */
export interface ResolvedWebhookOptions {
  readonly signingKeys: readonly string[];
  readonly payload: "json" | "jwt" | "jwe";
  readonly jwks: string | URL | JSONWebKeySet | undefined;
  readonly decryptionKey: WebhookOptions["decryptionKey"];
  readonly toleranceMs: number;
  readonly maxBodyBytes: number;
  readonly onError: (error: WebhookError) => void;
  readonly fetch: typeof fetch | undefined;
  readonly now: () => number;
}

/** Checks options and fills in defaults. Throws a TypeError that names the option. */
export function resolveWebhookOptions(options: WebhookOptions): ResolvedWebhookOptions {
  const { signingKey, payload = "json", jwks, decryptionKey } = options;
  const signingKeys = typeof signingKey === "string" ? [signingKey] : [...(signingKey ?? [])];
  if (signingKeys.length === 0 || signingKeys.some((key) => typeof key !== "string" || key === "")) {
    throw new TypeError("signingKey: expected the signing key of the target");
  }
  if (!["json", "jwt", "jwe"].includes(payload)) {
    throw new TypeError(`payload: expected "json", "jwt" or "jwe", got ${JSON.stringify(payload)}`);
  }
  if (payload !== "json" && jwks === undefined) throw new TypeError(`jwks: needed for payload "${payload}"`);
  if (payload === "jwe" && decryptionKey === undefined) {
    throw new TypeError('decryptionKey: needed for payload "jwe"');
  }
  return {
    signingKeys,
    payload,
    jwks,
    decryptionKey,
    toleranceMs: above0("toleranceMs", options.toleranceMs ?? 300_000),
    maxBodyBytes: above0("maxBodyBytes", options.maxBodyBytes ?? 1_048_576),
    onError: options.onError ?? (() => {}),
    fetch: options.fetch,
    now: options.now ?? Date.now,
  };
}

function above0(name: string, value: number): number {
  if (value > 0) return value;
  throw new TypeError(`${name}: expected a number above 0, got ${value}`);
}
