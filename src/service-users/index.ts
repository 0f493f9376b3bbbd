// The life cycle of service users: credentials, permissions and audits.

// Rotating credentials.

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

// Creating service users.

export {
  type CreatedServiceUser,
  type CreateServiceUserOptions,
  createServiceUser,
} from "./create-service-user.ts";
export { ServiceUserError, type ServiceUserErrorCode } from "./service-user-error.ts";
export type { CredentialMethod } from "./sign-in.ts";
export type { ServiceUserStep } from "./steps.ts";

// Lists and audits.

export {
  AUDIT_RULES,
  type AuditFinding,
  type AuditOptions,
  type AuditReport,
  type AuditRule,
  auditServiceUsers,
} from "./audit.ts";
export {
  type ListServiceUsersOptions,
  listServiceUsers,
  type ServiceUserCredential,
  type ServiceUserList,
  type ServiceUserSummary,
} from "./list-service-users.ts";
export type { Membership, Place } from "./memberships.ts";
export type { LastUse } from "./usage.ts";

// The permissions that a program needs, and those that it has.

export { type CallCounter, countCalls } from "./count-calls.ts";
export {
  type CalledRpc,
  type HeldRole,
  type PermissionReport,
  type PermissionReportOptions,
  reportPermissions,
  type SuggestedRole,
} from "./permission-report.ts";
export { readCallLog } from "./read-call-log.ts";
