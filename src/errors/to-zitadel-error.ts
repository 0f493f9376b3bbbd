import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { AuthError } from "../auth/auth-error.ts";
import { methodName } from "../descriptor/method-name.ts";
import { toLine } from "../shared/plain-text.ts";
import { hideSecrets } from "../shared/redact.ts";
import { findNews, thrownText } from "../shared/thrown.ts";
import { type CallFailure, describeFailure, findFailure } from "../transport/faults.ts";
import { MISSING_PERMISSION, UNENCODABLE } from "./conditions.ts";
import { decodeDetails, type ErrorDetail, isKnownDetail } from "./error-detail.ts";
import type { ErrorOrigin } from "./error-origin.ts";
import { type FieldViolation, parseFieldViolations } from "./field-violations.ts";
import { isFromServer } from "./is-from-server.ts";
import { ZitadelError } from "./zitadel-error.ts";

/**
 * Like {@link toZitadelError}. If the server refused the call because a permission is missing, the hint names it and the
 * least-privileged role that has it, from tables that are loaded only then.
 */
export async function toExplainedError(reason: unknown, method: DescMethod): Promise<ZitadelError> {
  const error = toZitadelError(reason, method);
  if (error === reason || error.id === undefined || !MISSING_PERMISSION.includes(error.id)) return error;
  const tables = await import("../permissions/describe-requirement.ts").catch(() => undefined);
  return toZitadelError(reason, method, tables?.describeRequirement(method));
}

/** Turns whatever ended a call into a {@link ZitadelError}. `advice` is put before the hint. */
export function toZitadelError(reason: unknown, method: DescMethod, advice?: string): ZitadelError {
  const failure = findFailure(reason);
  if (reason instanceof ZitadelError) return withFacts(reason, failure);
  const error = toConnectError(reason);
  const decodedDetails = decodeDetails(error);
  const { id, text } = splitMessage(error.rawMessage, decodedDetails);
  const message = toLine(hideSecrets(text));
  return new ZitadelError({
    code: error.code,
    id,
    origin: findOrigin(error),
    fault: failure?.fault,
    unprocessed: failure?.unprocessed,
    method: methodName(method),
    message,
    unimplemented: failure?.unimplemented,
    metadata: error.metadata,
    details: error.details,
    decodedDetails,
    fieldViolations: error.code === Code.InvalidArgument ? parseFieldViolations(message, method.input) : [],
    attempts: failure?.attempts,
    elapsedMs: failure?.elapsedMs,
    advice,
    cause: findNews(message, error.cause),
  });
}

/** Anything may be thrown, even an error whose message is not a string. */
function toConnectError(reason: unknown): ConnectError {
  try {
    const error = ConnectError.from(reason);
    if (typeof error.rawMessage === "string") return error;
  } catch {
    // It cannot be converted to a string.
  }
  return new ConnectError(thrownText(reason), Code.Unknown, undefined, undefined, reason);
}

/** The error of a request that was not sent because it breaks a rule. */
export function toValidationError(violation: string, method: DescMethod): ZitadelError {
  const error = new ConnectError(violation, Code.InvalidArgument);
  describeFailure(error, { origin: "interceptor", unprocessed: true });
  return toZitadelError(error, method);
}

/** The error of a request that was not sent because a value is invalid for its field. */
export function toRequestError(violation: FieldViolation, method: DescMethod): ZitadelError {
  const { field, property, reason } = violation;
  return new ZitadelError({
    method: methodName(method),
    origin: "client",
    unprocessed: true,
    code: Code.InvalidArgument,
    message: `${UNENCODABLE}${property === "" ? "it" : property} ${reason}`,
    fieldViolations: [{ field, property, reason }],
  });
}

/** The error of an RPC whose requests stream. Needs no descriptor, since it is thrown before one is loaded. */
export function toUnsupportedError(method: string): ZitadelError {
  return new ZitadelError({
    method,
    origin: "client",
    code: Code.Unimplemented,
    message: `${method} streams its requests, which clients of this package do not support`,
    unprocessed: true,
    hint: "Call it with @connectrpc/connect-node and its generated descriptor; `zitadel.getAccessToken()` returns the token.",
  });
}

/**
 * The error of a call for which no token could be obtained. It is `Unavailable` if the reason is transient or no server
 * was reached, else `Unauthenticated`; `cause` is the {@link AuthError} with the details. `ended` is the error of the
 * call's deadline, if it passed in the meantime.
 */
export function toAuthenticationError(
  reason: unknown,
  method: DescMethod,
  ended?: ZitadelError,
): ZitadelError {
  const known = reason instanceof AuthError ? reason : undefined;
  const retryable = known?.retryable ?? false;
  const isUnavailable = retryable || known?.code === "unreachable";
  const message = reason instanceof Error ? hideSecrets(thrownText(reason)) : "The token source failed";
  const hint = known?.hint ?? "Check your custom token source.";
  return new ZitadelError({
    method: methodName(method),
    origin: "authentication",
    code: ended?.code ?? (isUnavailable ? Code.Unavailable : Code.Unauthenticated),
    message: message.replace(`. ${hint}`, ""),
    hint,
    retryable,
    fault: ended?.fault,
    unprocessed: ended?.unprocessed,
    attempts: ended?.attempts,
    elapsedMs: ended?.elapsedMs,
    cause: reason,
  });
}

/** Adds the call's record, which errors from a lower layer, such as authentication, lack. */
function withFacts(error: ZitadelError, failure: CallFailure | undefined): ZitadelError {
  if (failure === undefined || error.elapsedMs > 0) return error;
  const { attempts, elapsedMs, unprocessed } = failure;
  return Object.assign(error, { attempts, elapsedMs, unprocessed });
}

/** Zitadel's own errors have exactly one detail; errors of its middleware have none. */
function splitMessage(
  message: string,
  details: readonly ErrorDetail[],
): { id: string | undefined; text: string } {
  const detail = details.find(isKnownDetail);
  if (detail === undefined) return { id: undefined, text: message };
  // The newest kind of detail has no id; the text still ends with it.
  const id = "id" in detail ? detail.id : / \(([A-Z][\w-]*-\w+)\)$/.exec(message)?.[1];
  const suffix = ` (${id ?? ""})`;
  const text = message.endsWith(suffix) ? message.slice(0, -suffix.length) : message;
  return { id: id === "" ? undefined : id, text };
}

function findOrigin(error: ConnectError): ErrorOrigin {
  if (error.code === Code.Canceled || findFailure(error)?.origin === "interceptor") return "client";
  return isFromServer(error) ? "server" : "transport";
}
