import type { Code } from "@connectrpc/connect";
import { hideSecrets } from "../shared/redact.ts";
import { readThrown } from "../shared/thrown.ts";
import type { FaultName } from "../transport/faults.ts";
import { codeName } from "./code-name.ts";
import type { ErrorDetail, KnownDetail } from "./error-detail.ts";
import type { ErrorOrigin } from "./error-origin.ts";
import type { FieldViolation } from "./field-violations.ts";

/**
 * The JSON form of errors. Properties that the error lacks are absent. Post it to another thread or process, where
 * `reviveError()` turns it back into an error.
 */
export interface ErrorJson {
  /** `ZitadelError` or `ListError`, even if a bundler renames classes. */
  readonly name: ErrorName;
  /** The code as Connect spells it: `not_found`. */
  readonly code: string;
  readonly message: string;
  /** The server's text alone. */
  readonly text: string;
  readonly id?: string | undefined;
  readonly method: string;
  readonly origin: ErrorOrigin;
  readonly fault?: FaultName | undefined;
  readonly unprocessed: boolean;
  readonly attempts: number;
  readonly elapsedMs: number;
  readonly requestId?: string | undefined;
  readonly retryable: boolean;
  readonly hint: string;
  readonly unimplemented?: "service" | "method" | undefined;
  readonly fieldViolations?: readonly FieldViolation[] | undefined;
  /** For an unknown type, the number of its bytes. */
  readonly details?: readonly (KnownDetail | UnknownDetailJson)[] | undefined;
  readonly cause?: CauseJson | undefined;
}

interface UnknownDetailJson {
  readonly type: string;
  readonly bytes: number;
}

/** The names of the errors of calls. */
export type ErrorName = "ZitadelError" | "ListError";

/** A cause, and its own cause. */
export interface CauseJson {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly cause?: CauseJson | undefined;
}

/** The part of an error that is shown. */
export interface ShownError {
  readonly code: Code;
  readonly message: string;
  readonly rawMessage: string;
  readonly id: string | undefined;
  readonly method: string;
  readonly origin: ErrorOrigin;
  readonly fault: FaultName | undefined;
  readonly unprocessed: boolean;
  readonly attempts: number;
  readonly elapsedMs: number;
  readonly requestId: string | undefined;
  readonly retryable: boolean;
  readonly hint: string;
  readonly unimplemented: "service" | "method" | undefined;
  readonly fieldViolations: readonly FieldViolation[];
  readonly decodedDetails: readonly ErrorDetail[];
  readonly cause?: unknown;
}

/** What happened, in one line: `[not_found] zitadel.user.v2.UserService/GetUserByID: User could not be found (QUERY-Dfbg2)`. */
export function formatHeadline({ code, method, rawMessage, id }: ShownError): string {
  const text = rawMessage === "" ? "no message" : rawMessage.replace(/\.$/, "");
  return `[${codeName(code)}] ${method}: ${text}${id === undefined ? "" : ` (${id})`}`;
}

export function toErrorJson(name: ErrorName, error: ShownError): ErrorJson {
  const { id, fault, requestId, unimplemented, fieldViolations, decodedDetails } = error;
  return {
    name,
    code: codeName(error.code),
    message: error.message,
    text: error.rawMessage,
    ...(id === undefined ? {} : { id }),
    method: error.method,
    origin: error.origin,
    ...(fault === undefined ? {} : { fault }),
    unprocessed: error.unprocessed,
    attempts: error.attempts,
    elapsedMs: Math.round(error.elapsedMs * 10) / 10,
    ...(requestId === undefined ? {} : { requestId }),
    retryable: error.retryable,
    hint: error.hint,
    ...(unimplemented === undefined ? {} : { unimplemented }),
    ...(fieldViolations.length === 0 ? {} : { fieldViolations }),
    ...(decodedDetails.length === 0 ? {} : { details: decodedDetails.map(withoutBytes) }),
    ...(error.cause === undefined ? {} : { cause: toCauseJson(error.cause, MAX_CAUSES) }),
  };
}

/** The bytes of an unknown detail are useless to a reader. */
function withoutBytes(detail: ErrorDetail): KnownDetail | UnknownDetailJson {
  return "value" in detail ? { type: detail.type, bytes: detail.value.length } : detail;
}

/** Causes may form a circle. */
const MAX_CAUSES = 5;

function toCauseJson(thrown: unknown, left: number): CauseJson {
  const { name, message, code, cause } = readThrown(thrown);
  return {
    name: hideSecrets(name),
    message: hideSecrets(message),
    ...(code === undefined ? {} : { code: hideSecrets(code) }),
    ...(cause === undefined || left <= 1 ? {} : { cause: toCauseJson(cause, left - 1) }),
  };
}
