// Service users from their creation on: credentials, what they may do, and what should worry about them.

// Credentials that are replaced.

export {
  type CommandStoreOptions,
  type CredentialStore,
  commandStore,
  fileStore,
} from "./credential-store.ts";
export type { ServiceUserManager } from "./manager.ts";
export { type RotatedKey, type RotateKeyOptions, rotateKey } from "./rotate-key.ts";
export { type RotatedSecret, type RotateSecretOptions, rotateSecret } from "./rotate-secret.ts";
export { type RotatedToken, type RotateTokenOptions, rotateToken } from "./rotate-token.ts";
