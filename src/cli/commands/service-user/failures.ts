import { ServiceUserError, type ServiceUserErrorCode } from "../../../service-users/service-user-error.ts";
import { CommandError } from "../../errors.ts";
import { ExitCode } from "../../exit-code.ts";

const EXIT: Readonly<Record<ServiceUserErrorCode, ExitCode>> = {
  missing_permission: ExitCode.notPermitted,
  conflict: ExitCode.conflict,
  rollback_failed: ExitCode.failed,
};

/** Runs something that manages service users, and turns its errors into command errors. */
export async function withServiceUserErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ServiceUserError)) throw error;
    const message = error.message.replace(` ${error.hint}`, "");
    throw new CommandError(message, { exitCode: EXIT[error.code], hint: error.hint, cause: error });
  }
}

/**
 * Runs something, and aborts it on SIGINT or SIGTERM, so that nothing is left half done. A second signal ends the
 * process at once.
 */
export async function runInterruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (name: NodeJS.Signals): void => {
    controller.abort(new CommandError(`interrupted by ${name}`, { exitCode: ExitCode.failed }));
  };
  const names: NodeJS.Signals[] = ["SIGINT", "SIGTERM"];
  for (const name of names) process.once(name, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of names) process.removeListener(name, interrupt);
  }
}
