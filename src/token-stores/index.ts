/**
 * Ready-made token stores for a client's `tokenStore` option. Of the processes that share a store, only one requests
 * each token. See docs/scaling.md.
 */
export { type FolderTokenStoreOptions, folderTokenStore } from "./folder.ts";
export { type RedisClient, type RedisTokenStoreOptions, redisTokenStore } from "./redis.ts";
