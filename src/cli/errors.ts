import type { ExitCode } from "./exit-code.ts";

/** An invalid command line. */
export class UsageError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "UsageError";
  override readonly name = "UsageError";
}

/** A failure that a command can explain. */
export class CommandError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "CommandError";
  override readonly name = "CommandError";
  readonly exitCode: ExitCode;
  /** What to do next. */
  readonly hint: string | undefined;

  constructor(
    message: string,
    { exitCode, hint, cause }: { exitCode: ExitCode; hint?: string | undefined; cause?: unknown },
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
