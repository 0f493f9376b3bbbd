import { inspect } from "node:util";
import { Code } from "@connectrpc/connect";
import { AuthError } from "../auth/auth-error.ts";
import { CodegenError } from "../codegen/errors.ts";
import { formatHeadline } from "../errors/error-json.ts";
import { ZitadelError } from "../errors/zitadel-error.ts";
import { isInvalidOption } from "../shared/invalid-option.ts";
import { CommandError, UsageError } from "./errors.ts";
import { ExitCode } from "./exit-code.ts";

/** How a command failed, for people and for scripts. */
export interface Failure {
  readonly text: string;
  readonly exitCode: ExitCode;
}

/** What to print about an error; with `debug`, also where it comes from. Neither holds a secret. */
export function toFailure(error: unknown, debug: boolean): Failure {
  const exitCode = toExitCode(error);
  if (!(error instanceof Error)) return { text: String(error), exitCode };
  const text = describe(error);
  return { text: debug ? `${text}\n${toInspectable(error)}` : text, exitCode };
}

function toExitCode(error: unknown): ExitCode {
  if (error instanceof UsageError || isInvalidOption(error)) return ExitCode.usage;
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof AuthError) return error.retryable ? ExitCode.unavailable : ExitCode.notSignedIn;
  if (!(error instanceof ZitadelError)) return ExitCode.failed;
  if (error.origin === "authentication" && !error.retryable) return ExitCode.notSignedIn;
  return BY_CODE[error.code] ?? ExitCode.failed;
}

const BY_CODE: Readonly<Partial<Record<Code, ExitCode>>> = {
  [Code.Unauthenticated]: ExitCode.notSignedIn,
  [Code.PermissionDenied]: ExitCode.notPermitted,
  [Code.NotFound]: ExitCode.notFound,
  [Code.AlreadyExists]: ExitCode.conflict,
  [Code.Aborted]: ExitCode.conflict,
  [Code.InvalidArgument]: ExitCode.rejected,
  [Code.FailedPrecondition]: ExitCode.rejected,
  [Code.OutOfRange]: ExitCode.rejected,
  [Code.Unavailable]: ExitCode.unavailable,
  [Code.DeadlineExceeded]: ExitCode.unavailable,
  [Code.ResourceExhausted]: ExitCode.unavailable,
  [Code.Unimplemented]: ExitCode.unimplemented,
};

/** Hints name a client's options, which here become those of commands. */
const OPTION_NAMES: Readonly<Record<string, string>> = {
  instanceHost: "--instance-host",
  allowInsecureHttp: "--allow-insecure-http",
  timeoutMs: "--timeout",
};

function toCommandHint({ hint }: { readonly hint: string }): string {
  const names = Object.keys(OPTION_NAMES).join("|");
  return `Hint: ${hint.replaceAll(new RegExp(`\\b(?:${names})\\b`, "g"), (name) => OPTION_NAMES[name] ?? name)}`;
}

function describe(error: Error): string {
  if (error instanceof ZitadelError) return describeCall(error);
  if (error instanceof AuthError) {
    return `${error.message.replace(` ${error.hint}`, "")}\n${toCommandHint(error)}`;
  }
  if (error instanceof CommandError) {
    return error.hint === undefined ? error.message : `${error.message}\nHint: ${error.hint}`;
  }
  const { message, name } = error;
  const isKnown = error instanceof CodegenError || error instanceof UsageError || isInvalidOption(error);
  return isKnown ? message : `${message || name} (--debug shows where this comes from)`;
}

function describeCall(error: ZitadelError): string {
  return [
    formatHeadline(error),
    ...error.fieldViolations.map(({ field, reason }) => `  ${field}: ${reason}`),
    toCommandHint(error),
    ...(error.requestId === undefined ? [] : [`Request id: ${error.requestId}`]),
  ].join("\n");
}

/** Our own errors reveal no secret when inspected; only the stack of others is shown. */
function toInspectable(error: Error): string {
  if (error instanceof ZitadelError || error instanceof AuthError) return inspect(error);
  const cause = error.cause instanceof Error ? `\nCaused by: ${toInspectable(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
