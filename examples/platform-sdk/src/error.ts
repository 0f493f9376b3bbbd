import {
  type ErrorJson,
  isAlreadyExists,
  isDeadlineExceeded,
  isFailedPrecondition,
  isInvalidArgument,
  isNotFound,
  isPermissionDenied,
  isUnauthenticated,
  isUnavailable,
  isZitadelError,
} from "zitadel-connect";

/** The guards in the order in which they are tried. */
const REASONS = {
  not_found: isNotFound,
  already_exists: isAlreadyExists,
  invalid: isInvalidArgument,
  conflict: isFailedPrecondition,
  forbidden: isPermissionDenied,
  misconfigured: isUnauthenticated,
  unavailable: (error: unknown) => isUnavailable(error) || isDeadlineExceeded(error),
} as const satisfies Record<string, (error: unknown) => boolean>;

/** Why a call failed. Acme's services may depend on it: a reason is never renamed within a major version. */
export type Reason = keyof typeof REASONS | "internal";

/** The error of every function of this package. The cause has the details, for logs. */
export class AcmeIdentityError extends Error {
  override readonly name = "AcmeIdentityError";
  readonly reason: Reason;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;

  constructor(reason: Reason, cause: unknown) {
    super(`Identity: ${reason}${isZitadelError(cause) ? ` (${cause.message})` : ""}`, { cause });
    this.reason = reason;
    this.retryable = isZitadelError(cause) && cause.retryable;
  }

  toJSON(): { reason: Reason; retryable: boolean; cause: ErrorJson | undefined } {
    const cause = isZitadelError(this.cause) ? this.cause.toJSON() : undefined;
    return { reason: this.reason, retryable: this.retryable, cause };
  }
}

/** Translates an error of the generated client. */
export function toAcmeError(error: unknown): AcmeIdentityError {
  if (error instanceof AcmeIdentityError) return error;
  const reasons = Object.keys(REASONS) as (keyof typeof REASONS)[];
  return new AcmeIdentityError(reasons.find((reason) => REASONS[reason](error)) ?? "internal", error);
}
