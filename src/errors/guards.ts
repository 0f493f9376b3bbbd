import { Code } from "@connectrpc/connect";
import { isKnownDetail } from "./error-detail.ts";
import { ZitadelError } from "./zitadel-error.ts";

/** A {@link ZitadelError} whose code is known. */
export type ErrorWithCode<C extends Code> = ZitadelError & { readonly code: C };

/** A {@link ZitadelError} whose id is known. */
export type ErrorWithId<Id extends string> = ZitadelError & { readonly id: Id };

/** Whether a call of this package failed with this error, also one of another copy of the package. */
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
 * Whether the object that the call was about does not exist. Not so for what has the same code and another meaning:
 * an instance that the server does not know, and a service user without any role.
 */
export function isNotFound(error: unknown): error is ErrorWithCode<Code.NotFound> {
  return (
    hasCode(error, Code.NotFound) &&
    error.decodedDetails.some(isKnownDetail) &&
    !hasErrorId(error, "AUTHZ-cdgFk")
  );
}

/** Whether there is an object with this name or id already. */
export function isAlreadyExists(error: unknown): error is ErrorWithCode<Code.AlreadyExists> {
  return hasCode(error, Code.AlreadyExists);
}

/** Whether the request breaks a rule: see `fieldViolations`. */
export function isInvalidArgument(error: unknown): error is ErrorWithCode<Code.InvalidArgument> {
  return hasCode(error, Code.InvalidArgument);
}

/** Whether the object is not in a state that allows the call, or already as the call would make it. */
export function isFailedPrecondition(error: unknown): error is ErrorWithCode<Code.FailedPrecondition> {
  return hasCode(error, Code.FailedPrecondition);
}

/** Whether no valid token was at hand: the server refused it, or none could be obtained. */
export function isUnauthenticated(error: unknown): error is ErrorWithCode<Code.Unauthenticated> {
  return hasCode(error, Code.Unauthenticated);
}

/** Whether the service user may not do this. Includes one without any role, whom the server tells `not_found`. */
export function isPermissionDenied(error: unknown): error is ZitadelError {
  return hasCode(error, Code.PermissionDenied) || hasErrorId(error, "AUTHZ-cdgFk");
}

/** Whether a limit or quota is reached. */
export function isResourceExhausted(error: unknown): error is ErrorWithCode<Code.ResourceExhausted> {
  return hasCode(error, Code.ResourceExhausted);
}

/** Whether the server could not be reached, or could not issue a token for now. */
export function isUnavailable(error: unknown): error is ErrorWithCode<Code.Unavailable> {
  return hasCode(error, Code.Unavailable);
}

/** Whether no answer came in time. */
export function isDeadlineExceeded(error: unknown): error is ErrorWithCode<Code.DeadlineExceeded> {
  return hasCode(error, Code.DeadlineExceeded);
}

/** Whether the caller ended the call. */
export function isCanceled(error: unknown): error is ErrorWithCode<Code.Canceled> {
  return hasCode(error, Code.Canceled);
}

/** Whether the server does not have this service or RPC, which a missing object must not be taken for. */
export function isNotServed(error: unknown): error is ErrorWithCode<Code.Unimplemented> {
  return hasCode(error, Code.Unimplemented);
}

function hasCode<C extends Code>(error: unknown, code: C): error is ErrorWithCode<C> {
  return error instanceof ZitadelError && error.code === code;
}
