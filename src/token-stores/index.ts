/**
 * Ready-made token stores, for the option `tokenStore` of a client: processes that share one request a token once. See
 * docs/scaling.md.
 */
export { type FolderTokenStoreOptions, folderTokenStore } from "./folder.ts";
export { type RedisClient, type RedisTokenStoreOptions, redisTokenStore } from "./redis.ts";
