import type { JSONWebKeySet, JWTVerifyGetKey } from "jose";
import { AuthError } from "../auth/auth-error.ts";
import type { AuthorizationServer } from "../auth/token-endpoint/authorization-server.ts";
import type { Clock } from "../shared/clock.ts";
import { SingleFlight } from "../shared/single-flight.ts";
import { withTimeout } from "./with-timeout.ts";

/** Zitadel allows its keys to be cached for five minutes. */
const REFRESH_MS = 300_000;
/** While the instance cannot be reached, its old keys are used for this long. */
const MAX_AGE_MS = 3_600_000;
/** Between two fetches for an unknown key. */
const COOLDOWN_MS = 10_000;
/** Between two attempts while the instance cannot be reached. */
const FAILURE_COOLDOWN_MS = 1_000;

/** The keys of an instance at one time. */
export interface Keys {
  readonly issuer: string;
  readonly findKey: JWTVerifyGetKey;
  readonly fetchedAt: number;
}

/** What a key set needs. */
export interface KeySetOptions {
  readonly server: AuthorizationServer;
  /** Default: the one in the discovery document. */
  readonly issuer: string | undefined;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/**
 * The keys of an instance. They are fetched when first needed and, while in use, every five minutes in the background,
 * with one fetch at a time, however many callers wait. All rejections are AuthErrors.
 */
export class KeySet {
  readonly #options: KeySetOptions;
  #keys: Keys | undefined;
  #issuer: string | undefined;
  readonly #fetches: SingleFlight<Keys>;
  #failure: { readonly error: unknown; readonly at: number } | undefined;

  constructor(options: KeySetOptions) {
    this.#options = options;
    this.#fetches = new SingleFlight(options.clock);
    this.#issuer = options.issuer;
  }

  /** The keys to verify with. */
  async current(): Promise<Keys> {
    const keys = this.#keys;
    if (keys === undefined) return await this.#load();
    const ageMs = this.#options.clock.monotonic() - keys.fetchedAt;
    if (ageMs < REFRESH_MS) return keys;
    const loading = this.#load();
    if (ageMs >= MAX_AGE_MS) return await loading;
    // If it fails, the next caller tries again.
    const loaded = loading.catch(() => keys);
    return this.#options.clock.requestBound === true ? await loaded : keys;
  }

  /** Fetches the keys because one is not among `keys`; undefined if these were fetched only just now. */
  async after(keys: Keys): Promise<Keys | undefined> {
    const newer = this.#keys;
    if (newer !== undefined && newer.fetchedAt > keys.fetchedAt) return newer;
    if (this.#options.clock.monotonic() - keys.fetchedAt < COOLDOWN_MS) return undefined;
    return await this.#load();
  }

  #load(): Promise<Keys> {
    const { clock } = this.#options;
    const failure = this.#failure;
    if (failure !== undefined && clock.monotonic() - failure.at < FAILURE_COOLDOWN_MS) {
      return Promise.reject(failure.error);
    }
    return this.#fetches.run(() =>
      this.#fetch().then(
        (keys) => {
          this.#failure = undefined;
          this.#keys = keys;
          return keys;
        },
        (error: unknown) => {
          this.#failure = { error, at: clock.monotonic() };
          throw error;
        },
      ),
    );
  }

  async #fetch(): Promise<Keys> {
    const { server, clock, timeoutMs } = this.#options;
    return await withTimeout(clock, timeoutMs, async (signal) => {
      this.#issuer ??= (await server.discover(signal)).issuer;
      const document = await server.getKeys(signal);
      return { issuer: this.#issuer, findKey: await toFindKey(document), fetchedAt: clock.monotonic() };
    });
  }
}

async function toFindKey(document: Record<string, unknown>): Promise<JWTVerifyGetKey> {
  const { createLocalJWKSet } = await import("jose");
  try {
    // createLocalJWKSet() validates its input.
    return createLocalJWKSet(document as unknown as JSONWebKeySet);
  } catch {
    throw new AuthError({ code: "bad_response", summary: "The response to the key request holds no keys" });
  }
}
