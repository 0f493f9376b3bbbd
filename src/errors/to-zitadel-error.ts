import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { AuthError } from "../auth/auth-error.ts";
import { diagnoses } from "./diagnoses.ts";
import { type Diagnosis, diagnose } from "./diagnosis.ts";
import { decodeDetails, type ErrorDetail, isKnownDetail } from "./error-detail.ts";
import type { ErrorOrigin } from "./error-origin.ts";
import { fieldViolations } from "./field-violations.ts";
import { methodName } from "./method-name.ts";
import { scrub } from "./scrub.ts";
import { ZitadelError, type ZitadelErrorInit } from "./zitadel-error.ts";

/** What is known of a failed call besides the error that it ended with. */
export interface CallFacts {
  readonly elapsedMs?: number | undefined;
  readonly attempts?: number | undefined;
  /** Default: told from the error. */
  readonly origin?: ErrorOrigin | undefined;
  readonly notServed?: "service" | "method" | undefined;
}

/** Turns whatever ended a call into a {@link ZitadelError}. */
export function toZitadelError(reason: unknown, method: DescMethod, facts: CallFacts = {}): ZitadelError {
  if (reason instanceof ZitadelError) return withFacts(reason, facts);
  const error = ConnectError.from(reason);
  const decodedDetails = decodeDetails(error);
  const { id, text } = idAndText(error.rawMessage, decodedDetails);
  const message = scrub(text);
  const origin = facts.origin ?? originOf(error);
  const symptoms = {
    code: error.code,
    id,
    origin,
    method: methodName(method),
    hasDetail: decodedDetails.some(isKnownDetail),
    notServed: facts.notServed,
    message,
  };
  const diagnosis = diagnose(diagnoses, symptoms);
  return new ZitadelError({
    ...symptoms,
    ...adviceOf(diagnosis),
    metadata: error.metadata,
    details: error.details,
    decodedDetails,
    fieldViolations: error.code === Code.InvalidArgument ? fieldViolations(message, method.input) : [],
    attempts: facts.attempts,
    elapsedMs: facts.elapsedMs,
    cause: error.cause,
  });
}

/**
 * The error of a call for which no token could be obtained. One that may pass is `Unavailable`, any other
 * `Unauthenticated`; `cause` has the {@link AuthError} with all that is known.
 */
export function toAuthenticationError(reason: unknown, method: DescMethod): ZitadelError {
  const known = reason instanceof AuthError ? reason : undefined;
  const retryable = known?.retryable ?? false;
  const message = reason instanceof Error ? scrub(reason.message) : "The token source failed";
  const hint = known?.hint ?? "Check the token source, which is not one of this package's.";
  return new ZitadelError({
    method: methodName(method),
    origin: "authentication",
    code: retryable ? Code.Unavailable : Code.Unauthenticated,
    message: message.replace(`. ${hint}`, ""),
    hint,
    retryable,
    cause: reason,
  });
}

/** An error that was made on the way, for example by authentication, does not know how the call went. */
function withFacts(error: ZitadelError, { attempts, elapsedMs }: CallFacts): ZitadelError {
  if (error.elapsedMs > 0 || elapsedMs === undefined) return error;
  const known: { -readonly [Key in keyof ZitadelErrorInit]?: ZitadelErrorInit[Key] } = { elapsedMs };
  if (attempts !== undefined) known.attempts = attempts;
  return Object.assign(error, known);
}

function adviceOf(diagnosis: Diagnosis | undefined): { hint: string; retryable: boolean } {
  return {
    hint: diagnosis?.hint ?? "See the message, and look for requestId in the server's log.",
    retryable: diagnosis?.retryable ?? false,
  };
}

/** Zitadel's own errors carry exactly one detail; errors of its middleware carry none. */
function idAndText(
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

function originOf(error: ConnectError): ErrorOrigin {
  if (error.code === Code.Canceled) return "client";
  return error.isWireError ? "server" : "transport";
}
