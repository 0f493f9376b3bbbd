/**
 * Why a service user was not created, or not managed.
 *
 * - `missing_permission`: the caller may not do one of the steps; nothing was done
 * - `conflict`: there is a user, a role or a credential of that name that is not what was asked for; nothing was done
 * - `rollback_failed`: a step failed, and so did taking back an earlier one: something is left
 */
export type ServiceUserErrorCode = "missing_permission" | "conflict" | "rollback_failed";

/** What went wrong with a service user, apart from what calls and credentials say themselves. */
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
