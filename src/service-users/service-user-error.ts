/**
 * Why a service user was not created, or not managed.
 *
 * - `missing_permission`: the caller may not do one of the steps; nothing was done
 * - `conflict`: a user, role or credential with that name exists and differs from what was requested; nothing was done
 * - `rollback_failed`: a step failed, and so did undoing an earlier one, so something is left behind
 */
export type ServiceUserErrorCode = "missing_permission" | "conflict" | "rollback_failed";

/** A service user could not be created or managed. Calls and credentials have errors of their own. */
export class ServiceUserError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "ServiceUserError";
  override readonly name = "ServiceUserError";
  readonly code: ServiceUserErrorCode;
  /** What to do next. */
  readonly hint: string;

  constructor(
    code: ServiceUserErrorCode,
    { summary, hint, cause }: { readonly summary: string; readonly hint: string; readonly cause?: unknown },
  ) {
    super(`${summary}. ${hint}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
  }
}
