import { randomUUID } from "node:crypto";
import type { TokenStore } from "../auth/store/token-store.ts";
import { describe } from "../shared/describe.ts";
import {
  checkOptions,
  invalidOption,
  requireKnown,
  requireObject,
  requireString,
} from "../shared/invalid-option.ts";

/** A connected client of the npm package `redis` (or `@redis/client`), or of `ioredis` (or `iovalkey`). */
export type RedisClient =
  | { sendCommand(command: string[]): Promise<unknown>; readonly call?: undefined }
  | { call(command: string, ...parameters: string[]): Promise<unknown> };

/** Options of {@link redisTokenStore}. */
export interface RedisTokenStoreOptions {
  /**
   * A client for Redis or Valkey. You connect and close it. Configure it to fail while disconnected instead of queueing
   * (`disableOfflineQueue` of redis, `enableOfflineQueue: false` of ioredis).
   */
  readonly client: RedisClient;
  /** The prefix of the keys in Redis. Default: `zitadel-connect:`. */
  readonly prefix?: string | undefined;
}

/** Releases the lock only if we still hold it. */
const UNLOCK = 'if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0';

/**
 * Keeps tokens in Redis or Valkey. Values are encrypted and expire with their tokens; a lock is `SET … NX PX`.
 *
 * @example
 * ```ts
 * import { createClient } from "@redis/client";
 * import { createZitadel } from "zitadel-connect";
 * import { redisTokenStore } from "zitadel-connect/token-stores";
 *
 * const client = await createClient({ disableOfflineQueue: true }).connect();
 * const zitadel = createZitadel({ tokenStore: redisTokenStore({ client }) });
 * ```
 *
 * @throws TypeError if an option is invalid
 */
export function redisTokenStore(options: RedisTokenStoreOptions): TokenStore {
  const { send, prefix } = checkOptions("redisTokenStore()", () => {
    requireObject("its argument", options, "{ client }");
    requireKnown("", options, KNOWN);
    const { client, prefix = "zitadel-connect:" } = options;
    requireString("prefix", prefix);
    return { send: sender(client), prefix };
  });
  return {
    async get(key) {
      const value = await send("GET", prefix + key);
      return typeof value === "string" ? value : undefined;
    },
    async set(key, value, { ttlMs }) {
      await send("SET", prefix + key, value, "PX", String(ttlMs));
    },
    async lock(key, { ttlMs }) {
      const [name, holder] = [`${prefix + key}:lock`, randomUUID()];
      if ((await send("SET", name, holder, "NX", "PX", String(ttlMs))) !== "OK") return undefined;
      return async () => {
        await send("EVAL", UNLOCK, "1", name, holder);
      };
    },
  };
}

const KNOWN: Record<keyof RedisTokenStoreOptions, true> = { client: true, prefix: true };

type Send = (...command: [string, ...string[]]) => Promise<unknown>;

/** Both packages have `sendCommand`, but that of ioredis takes different arguments. */
function sender(client: RedisClient | undefined): Send {
  if (typeof client?.call === "function") return (...command) => client.call(...command);
  const isRedis =
    client !== undefined && typeof (client as { sendCommand?: unknown }).sendCommand === "function";
  if (isRedis) return (...command) => client.sendCommand(command);
  throw invalidOption("client", describe(client), "a client of redis or ioredis");
}
