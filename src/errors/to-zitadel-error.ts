import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { AuthError } from "../auth/auth-error.ts";
import { methodName } from "../descriptor/method-name.ts";
import { toLine } from "../shared/plain-text.ts";
import { hideSecrets } from "../shared/redact.ts";
import { findNews, thrownText } from "../shared/thrown.ts";
import { type CallFailure, describeFailure, findFailure } from "../transport/faults/failure.ts";
import { MISSING_PERMISSION, UNENCODABLE } from "./conditions.ts";
import { decodeDetails, type ErrorDetail, isKnownDetail } from "./error-detail.ts";
import type { ErrorOrigin } from "./error-origin.ts";
import { type FieldViolation, parseFieldViolations } from "./field-violations.ts";
import { isFromServer } from "./is-from-server.ts";
import { ZitadelError } from "./zitadel-error.ts";

/**
 * As {@link toZitadelError}. Where the server refused the call because a permission is missing, the hint tells which, and
 * the least role that has it: from tables that are not loaded before.
 */
export async function toExplainedError(reason: unknown, method: DescMethod): Promise<ZitadelError> {
  const error = toZitadelError(reason, method);
  if (error === reason || error.id === undefined || !MISSING_PERMISSION.includes(error.id)) return error;
  const tables = await import("../permissions/describe-requirement.ts").catch(() => undefined);
  return toZitadelError(reason, method, tables?.describeRequirement(method));
}

/** Turns whatever ended a call into a {@link ZitadelError}. `advice` stands before the hint. */
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

/** What is thrown may be anything, also an error whose message is no text. */
function toConnectError(reason: unknown): ConnectError {
  try {
    const error = ConnectError.from(reason);
    if (typeof error.rawMessage === "string") return error;
  } catch {
    // Has no text.
  }
  return new ConnectError(thrownText(reason), Code.Unknown, undefined, undefined, reason);
}

/** The error of a request that was found to break a rule, and so was not sent. */
export function toValidationError(violation: string, method: DescMethod): ZitadelError {
  const error = new ConnectError(violation, Code.InvalidArgument);
  describeFailure(error, { origin: "interceptor", unprocessed: true });
  return toZitadelError(error, method);
}

/** The error of a request in which a value is not what its field takes, and which so was not sent. */
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

/** The error of an RPC whose requests stream. Without a descriptor, since it is thrown before one is loaded. */
export function toUnsupportedError(method: string): ZitadelError {
  return new ZitadelError({
    method,
    origin: "client",
    code: Code.Unimplemented,
    message: `${method} streams its requests, which clients of this package cannot`,
    unprocessed: true,
    hint: "Call it with @connectrpc/connect-node and its generated descriptor; `zitadel.getAccessToken()` gives the token.",
  });
}

/**
 * The error of a call for which no token could be obtained. One that may pass, or for which no server was reached, is
 * `Unavailable`, any other `Unauthenticated`; `cause` has the {@link AuthError} with all that is known. `ended` is the error with which the
 * call's time ran out over it, if it did.
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
  const hint = known?.hint ?? "Check the token source, which is not one of this package's.";
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

/** An error that was made below, for example by authentication, does not know yet how the call went. */
function withFacts(error: ZitadelError, failure: CallFailure | undefined): ZitadelError {
  if (failure === undefined || error.elapsedMs > 0) return error;
  const { attempts, elapsedMs, unprocessed } = failure;
  return Object.assign(error, { attempts, elapsedMs, unprocessed });
}

/** Zitadel's own errors carry exactly one detail; errors of its middleware carry none. */
function splitMessage(
  message: string,
  details: readonly ErrorDetail[],
): { id: string | undefined; text: string } {
  const detail = details.find(isKnownDetail);
  if (detail === undefined) return { id: undefined, text: message };
  // The newest detail has no id of its own; the text still ends with it.
  const id = "id" in detail ? detail.id : / \(([A-Z][\w-]*-\w+)\)$/.exec(message)?.[1];
  const suffix = ` (${id ?? ""})`;
  const text = message.endsWith(suffix) ? message.slice(0, -suffix.length) : message;
  return { id: id === "" ? undefined : id, text };
}

function findOrigin(error: ConnectError): ErrorOrigin {
  if (error.code === Code.Canceled || findFailure(error)?.origin === "interceptor") return "client";
  return isFromServer(error) ? "server" : "transport";
}
