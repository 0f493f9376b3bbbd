import { Code } from "@connectrpc/connect";
import { isFailedInsert, NO_MEMBERSHIP, TARGET_REFUSED } from "./conditions.ts";
import { isKnownDetail } from "./error-detail.ts";
import { ZitadelError } from "./zitadel-error.ts";

/** A {@link ZitadelError} whose code is known. */
export type ErrorWithCode<C extends Code> = ZitadelError & { readonly code: C };

/** A {@link ZitadelError} whose id is known. */
export type ErrorWithId<Id extends string> = ZitadelError & { readonly id: Id };

/** Whether this is the error of a failed call, including errors from another copy of this package. */
export function isZitadelError(error: unknown): error is ZitadelError {
  return error instanceof ZitadelError;
}

/** Whether the error has one of these ids of Zitadel's, such as `QUERY-Dfbg2`. */
export function hasErrorId<const Id extends string>(
  error: unknown,
  ...ids: readonly Id[]
): error is ErrorWithId<Id> {
  return error instanceof ZitadelError && (ids as readonly (string | undefined)[]).includes(error.id);
}

/**
 * Whether the server says that the object of the call does not exist. `false` for other errors with the same code: an
 * unknown instance, a service user without a role where the call needs one, and a target of the instance (actions v2)
 * that refuses calls with 404.
 *
 * Do not delete anything because of a single such error. During a database outage (a restart, a failover), Zitadel
 * reports `QUERY-Dfbg2` for objects that do exist, and the two cases look the same. Try again after a few seconds, and
 * compare with a list before you remove the object's data.
 */
export function isNotFound(error: unknown): error is ErrorWithCode<Code.NotFound> {
  return (
    hasCode(error, Code.NotFound) &&
    error.decodedDetails.some(isKnownDetail) &&
    !hasErrorId(error, NO_MEMBERSHIP, ...TARGET_REFUSED)
  );
}

/**
 * Whether there is already an object with this name or id. `false` for a failure of the server's database for which
 * Zitadel uses the same code (`V3-DKcYh`, "An internal error occurred"), and for a target that refuses calls with 409:
 * the object may not exist.
 */
export function isAlreadyExists(error: unknown): error is ErrorWithCode<Code.AlreadyExists> {
  return (
    hasCode(error, Code.AlreadyExists) && !isFailedInsert(error) && !hasErrorId(error, ...TARGET_REFUSED)
  );
}

/** Whether the request breaks a rule: see `fieldViolations`. */
export function isInvalidArgument(error: unknown): error is ErrorWithCode<Code.InvalidArgument> {
  return hasCode(error, Code.InvalidArgument);
}

/** Whether the state of the object does not allow the call, or the object already is as requested. */
export function isFailedPrecondition(error: unknown): error is ErrorWithCode<Code.FailedPrecondition> {
  return hasCode(error, Code.FailedPrecondition);
}

/**
 * Whether there was no valid token: the server refused it, or none could be obtained. `false` for a target that refuses
 * calls with 401.
 */
export function isUnauthenticated(error: unknown): error is ErrorWithCode<Code.Unauthenticated> {
  return hasCode(error, Code.Unauthenticated) && !hasErrorId(error, ...TARGET_REFUSED);
}

/** Whether the service user may not do this. Includes a missing role, which the server reports as `not_found`. */
export function isPermissionDenied(error: unknown): error is ZitadelError {
  return hasCode(error, Code.PermissionDenied) || hasErrorId(error, NO_MEMBERSHIP);
}

/**
 * Whether a limit or quota was reached: of the server, of a proxy in front of it (HTTP 429), or of this client.
 * `retryable` is `false` for limits of size, and for quotas.
 */
export function isResourceExhausted(error: unknown): error is ErrorWithCode<Code.ResourceExhausted> {
  return hasCode(error, Code.ResourceExhausted);
}

/** Whether the server could not be reached, was lost during the call, or temporarily could not issue a token. */
export function isUnavailable(error: unknown): error is ErrorWithCode<Code.Unavailable> {
  return hasCode(error, Code.Unavailable);
}

/** Whether no response came in time. */
export function isDeadlineExceeded(error: unknown): error is ErrorWithCode<Code.DeadlineExceeded> {
  return hasCode(error, Code.DeadlineExceeded);
}

/** Whether the caller aborted the call, or closed the client. */
export function isCanceled(error: unknown): error is ErrorWithCode<Code.Canceled> {
  return hasCode(error, Code.Canceled);
}

/**
 * Whether the server does not have this service or RPC; this is not about a missing object. `false` if something in
 * front of the server says so: a proxy that does not let gRPC through, or does not know the host.
 */
export function isUnimplemented(error: unknown): error is ErrorWithCode<Code.Unimplemented> {
  if (!hasCode(error, Code.Unimplemented)) return false;
  return error.fault === undefined || error.unimplemented !== undefined;
}

function hasCode<C extends Code>(error: unknown, code: C): error is ErrorWithCode<C> {
  return error instanceof ZitadelError && error.code === code;
}
