// What both entry points with a client have.

// A comment with an empty line below it begins a group, within which Biome sorts.

// A client, and its options.

export type { NetworkOptions, ZitadelOptions } from "../client/client-options.ts";
export type { Zitadel } from "../client/create-zitadel.ts";
export type { ProxySetting } from "../transport/dial/proxy.ts";
export type { TlsOptions } from "../transport/dial/tls.ts";
export type { Fetch, FetchInit } from "../transport/fetch/fetch-sender.ts";
export {
  type FetchTransport,
  type FetchTransportOptions,
  fetchTransport,
} from "../transport/fetch/fetch-transport.ts";
export type { HttpVersion } from "../transport/network.ts";
export type { RetryOptions } from "../transport/retry/retry-policy.ts";

// Ways to sign in.

export { authFromEnvironment } from "../auth/auth-from-environment.ts";
export {
  type ClientCredentialsOptions,
  type ClientSecretOptions,
  clientCredentials,
} from "../auth/client-credentials.ts";
export type { ApplicationKey, KeyFileContent, ServiceAccountKey } from "../auth/credential/key-file.ts";
export { type PersonalAccessTokenOptions, personalAccessToken } from "../auth/personal-access-token.ts";
export { type KeyOptions, type PrivateKeyJwtOptions, privateKeyJwt } from "../auth/private-key-jwt.ts";
export { type SystemUserKeyOptions, type SystemUserOptions, systemUser } from "../auth/system-user.ts";
export type { ScopeOptions } from "../auth/token-endpoint/scopes.ts";
export type { ClientProject, ExchangeClient } from "../auth/token-exchange/exchange-client.ts";
export type { ExchangeSubject, TokenInput } from "../auth/token-exchange/token-exchange.ts";
export {
  type ExchangeOptions,
  type ImpersonationOptions,
  type OwnExchangeOptions,
  type TokenExchangeOptions,
  tokenExchange,
} from "../auth/token-exchange/token-exchange.ts";

// Calls: their options, their lists, and what they return.

export type { CallOptions } from "../client/call-options.ts";
export type { List } from "../client/lists/list.ts";
export type { ListCursor, ListOptions, ListPage } from "../client/lists/list-options.ts";
export { type ToJsonOptions, toJson } from "../descriptor/to-json.ts";
export { toMilliseconds } from "../input/duration.ts";
export type { MessageInput } from "../input/message-input.ts";
export { toDate } from "../input/timestamp.ts";
export type { CallPriority } from "../shared/priority.ts";
export { type RetryMode, retryMode } from "../transport/call.ts";
export { callPriority } from "../transport/pace/pace.ts";
export type { PaceOptions, PaceState } from "../transport/pace/pace-options.ts";

// Errors.

export { Code } from "@connectrpc/connect";
export { AuthError, type AuthErrorCode, type AuthErrorInit } from "../auth/auth-error.ts";
export { ListError } from "../client/lists/list-error.ts";
export type { ErrorDetail, KnownDetail } from "../errors/error-detail.ts";
export type { CauseJson, ErrorJson, ErrorName } from "../errors/error-json.ts";
export type { ErrorOrigin } from "../errors/error-origin.ts";
export type { FieldViolation } from "../errors/field-violations.ts";
export {
  type ErrorWithCode,
  type ErrorWithId,
  hasErrorId,
  isAlreadyExists,
  isCanceled,
  isDeadlineExceeded,
  isFailedPrecondition,
  isInvalidArgument,
  isNotFound,
  isPermissionDenied,
  isResourceExhausted,
  isUnauthenticated,
  isUnavailable,
  isUnimplemented,
  isZitadelError,
} from "../errors/guards.ts";
export { reviveError } from "../errors/revive-error.ts";
export { ZitadelError } from "../errors/zitadel-error.ts";
export type { FaultName } from "../transport/faults.ts";

// Jobs, and following events.

export type { EventCursor } from "../events/event-cursor.ts";
export {
  type EventStream,
  type FollowedEvent,
  followEvents,
  latestEventCursor,
} from "../events/follow-events.ts";
export type { FollowEventsOptions } from "../events/follow-options.ts";
export { type EventLister, type ReadEventsOptions, readEvents } from "../events/read-events.ts";
export type { EventSource } from "../events/read-log.ts";
export {
  type BulkContext,
  BulkError,
  type BulkOptions,
  type BulkResult,
  type BulkWorker,
  bulk,
} from "../jobs/bulk.ts";
export { createOnce } from "../jobs/create-once.ts";
export { type ChunkOptions, inChunks } from "../jobs/in-chunks.ts";
export type { BulkProgress } from "../jobs/progress.ts";
export { type UntilAttempt, UntilError, type UntilOptions, type UntilRead, until } from "../jobs/until.ts";

// Logs, and what observers are told.

export type { AuthEvent, AuthEventListener } from "../auth/auth-event.ts";
export type { LogFields, Logger, LogLevel, LogMethod } from "../logging/logger.ts";
export type { CallMessage } from "../observation/call-channel.ts";
export type {
  CallObservation,
  CallObserver,
  FinishedCall,
  StartedCall,
} from "../observation/call-observer.ts";
export type { TransportEvent } from "../transport/events.ts";

// For libraries and platform SDKs: token sources and service trees of their own.

export type { AuthContext, AuthMethod } from "../auth/auth-method.ts";
export {
  type CachedTokenSourceOptions,
  cachedTokenSource,
  type FetchToken,
  type FetchTokenOptions,
} from "../auth/cache/cached-token-source.ts";
export type { TokenStore } from "../auth/store/token-store.ts";
export type { GetTokenOptions, TokenSource } from "../auth/token-source.ts";
export type { ServiceClient, ServiceClients, ServiceEntry, ServiceTree } from "../client/service-tree.ts";
