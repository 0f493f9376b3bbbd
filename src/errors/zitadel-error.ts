import { type InspectOptionsStylized, inspect } from "node:util";
import { type Code, ConnectError } from "@connectrpc/connect";
import { hideProperties } from "../shared/hide-properties.ts";
import { toLine } from "../shared/plain-text.ts";
import { hideSecrets } from "../shared/redact.ts";
import type { FaultName } from "../transport/faults.ts";
import { diagnoses } from "./diagnoses.ts";
import { diagnose } from "./diagnosis.ts";
import type { ErrorDetail } from "./error-detail.ts";
import { type ErrorJson, type ErrorName, formatHeadline, toErrorJson } from "./error-json.ts";
import type { ErrorOrigin } from "./error-origin.ts";
import type { FieldViolation } from "./field-violations.ts";

/** What is known about a failed call, besides the properties of {@link ConnectError}. */
export interface ZitadelErrorInit {
  /** Default: `ZitadelError`. */
  readonly kind?: ErrorName | undefined;
  readonly method: string;
  readonly origin: ErrorOrigin;
  readonly code: Code;
  /** The text alone: without the code, the id and the hint. */
  readonly message: string;
  /** Default: from the table of errors. */
  readonly hint?: string | undefined;
  /** Advice about this RPC; put before the hint. */
  readonly advice?: string | undefined;
  /** Default: from the table of errors. */
  readonly retryable?: boolean | undefined;
  readonly id?: string | undefined;
  readonly metadata?: Headers | undefined;
  readonly details?: ConnectError["details"] | undefined;
  readonly decodedDetails?: readonly ErrorDetail[] | undefined;
  readonly fieldViolations?: readonly FieldViolation[] | undefined;
  readonly unimplemented?: "service" | "method" | undefined;
  readonly fault?: FaultName | undefined;
  /** Default: `false`. */
  readonly unprocessed?: boolean | undefined;
  readonly attempts?: number | undefined;
  readonly elapsedMs?: number | undefined;
  readonly cause?: unknown;
}

/** Marks an error across copies of this package in one process. */
const brand: unique symbol = Symbol.for("zitadel-connect.ZitadelError");

/**
 * Implements `value instanceof right` for the class `own`, which gives its instances a mark. Classes derived from it keep the
 * default.
 */
export function isInstance(right: unknown, own: unknown, mark: symbol, value: unknown): boolean {
  if (right !== own) return Function.prototype[Symbol.hasInstance].call(right, value);
  return typeof value === "object" && value !== null && mark in value;
}

/**
 * A failed call. Extends {@link ConnectError}, so that code written for Connect keeps working: `code`, `rawMessage`,
 * `metadata`, `findDetails()`. Decide on `code` and `id`, or with the guards such as `isNotFound()`; never on the text:
 * Zitadel translates it.
 *
 * It holds no secret, and neither do the results of `util.inspect`, `toString()` and `JSON.stringify`.
 *
 * `name` is "ConnectError", by which Connect recognizes its errors across copies of itself. All output says
 * `ZitadelError`.
 */
export class ZitadelError extends ConnectError {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "ZitadelError";
  /** Zitadel's id of the error, such as `QUERY-Dfbg2`. Absent if the error comes from middleware or the network. */
  readonly id: string | undefined;
  /** The RPC that failed, such as `zitadel.user.v2.UserService/GetUserByID`. */
  readonly method: string;
  /**
   * Where the error came from:
   *
   * - `server`: the Zitadel server responded with an error
   * - `transport`: Zitadel did not respond: network, TLS, a proxy, a deadline
   * - `authentication`: no access token could be obtained
   * - `client`: the call was canceled, was never sent, or was ended by an interceptor
   */
  readonly origin: ErrorOrigin;
  /**
   * The network event that ended the last attempt, such as `connection-lost`: see the table of faults in
   * docs/networking.md. Absent if the server responded in its protocol, or no request was made.
   */
  readonly fault: FaultName | undefined;
  /**
   * Whether the server provably did not process the call in any of its attempts: then even a write may be repeated. If
   * `false`, it may have been processed.
   */
  readonly unprocessed: boolean;
  /** The number of attempts, including those that failed for lack of a connection or token. */
  readonly attempts: number;
  /** How long the call took, with all its attempts, in milliseconds. */
  readonly elapsedMs: number;
  /** The id of the request in the server's log. */
  readonly requestId: string | undefined;
  /** Whether the same call may succeed later. Whether a write may be repeated is a separate question: see `unprocessed`. */
  readonly retryable: boolean;
  /** What to check or do next. */
  readonly hint: string;
  /** The decoded details that Zitadel sent, including those of newer servers. */
  readonly decodedDetails: readonly ErrorDetail[];
  /** The fields of the request that break a rule, if the error names them. */
  readonly fieldViolations: readonly FieldViolation[];
  /** Set if the server lacks the whole service, or only this RPC of it. */
  readonly unimplemented: "service" | "method" | undefined;

  constructor(init: ZitadelErrorInit) {
    super(init.message, init.code, init.metadata, undefined, init.cause);
    this.details = init.details ?? [];
    this.id = init.id;
    this.method = init.method;
    this.origin = init.origin;
    this.fault = init.fault;
    this.unprocessed = init.unprocessed ?? false;
    this.attempts = init.attempts ?? 0;
    this.elapsedMs = init.elapsedMs ?? 0;
    const requestId = init.metadata?.get("x-request-id");
    this.requestId = typeof requestId === "string" ? toLine(requestId) : undefined;
    this.decodedDetails = init.decodedDetails ?? [];
    this.fieldViolations = init.fieldViolations ?? [];
    this.unimplemented = init.unimplemented;
    const diagnosis = diagnose(diagnoses, this);
    this.retryable = init.retryable ?? diagnosis?.retryable ?? false;
    const hint = init.hint ?? diagnosis?.hint ?? "Look for requestId in the server's log.";
    this.hint = init.advice === undefined ? hint : `${init.advice} ${hint}`;
    const kind = init.kind ?? "ZitadelError";
    Object.defineProperty(this, brand, { value: kind });
    this.message = `${endSentence(formatHeadline(this))} ${this.hint}`;
    defineStack(this, { name: kind, message: this.message }, new.target);
    hideProperties(this, (name) => isRepeated(this, name));
  }

  static override [Symbol.hasInstance](value: unknown): value is ZitadelError {
    // biome-ignore lint/complexity/noThisInStatic: a derived class inherits the method
    return isInstance(this, ZitadelError, brand, value);
  }

  override toString(): string {
    return `${getKind(this)}: ${this.message}`;
  }

  /** Everything but the stack and the headers, for logs. */
  toJSON(): ErrorJson {
    return toErrorJson(getKind(this), this);
  }

  static {
    // Called by util.inspect(). Not a method of the class, to keep the symbol out of the declarations.
    Object.defineProperty(ZitadelError.prototype, inspect.custom, { value: inspectError });
  }
}

/** The properties to recreate this error: a copy (`{ ...error }`) has only the enumerable ones. */
export function toInit(error: ZitadelError): ZitadelErrorInit {
  const { method, origin, code, rawMessage: message, hint, retryable, id, metadata, details, cause } = error;
  const { decodedDetails, fieldViolations, unimplemented, fault, unprocessed, attempts, elapsedMs } = error;
  return {
    ...{ method, origin, code, message, hint, retryable, id, metadata, details, cause },
    ...{ decodedDetails, fieldViolations, unimplemented, fault, unprocessed, attempts, elapsedMs },
  };
}

function endSentence(text: string): string {
  return text.endsWith("?") ? text : `${text}.`;
}

/** A constant, since bundlers rename classes. */
function getKind(error: ZitadelError): ErrorName {
  const { [brand]: kind } = error as { [brand]?: ErrorName };
  return kind ?? "ZitadelError";
}

/** Not shown: what is in the message, what Node shows anyway, and what has its own form for people and logs. */
const REPEATED = ["name", "isWireError", "rawMessage", "hint", "cause"];
const RAW = ["metadata", "details", "decodedDetails"];

function isRepeated(error: ZitadelError, name: string): boolean {
  const isEmpty = name === "fieldViolations" && error.fieldViolations.length === 0;
  return isEmpty || REPEATED.includes(name) || RAW.includes(name);
}

/**
 * V8 builds the first line of a stack when it is first read, from `name`, which is Connect's, and the message. So the
 * stack is taken from an object with the right name and message. It stays lazy, since building it is expensive.
 */
function defineStack(
  error: Error,
  heading: { name: string; message: string; stack?: string },
  top: unknown,
): void {
  Error.captureStackTrace(heading, top as typeof ZitadelError);
  Object.defineProperty(error, "stack", {
    get: () => heading.stack,
    set: (stack: string) => {
      heading.stack = stack;
    },
    configurable: true,
  });
}

/**
 * Gives an error the stack of this function's caller. The stack of an error created deep in a connection ends there,
 * and does not show the line of the program that made the call.
 */
export function moveStack(error: ZitadelError): void {
  defineStack(error, { name: getKind(error), message: error.message }, moveStack);
}

function inspectError(this: ZitadelError, depth: number, options: InspectOptionsStylized): string {
  if (depth < 0) return `[${formatHeadline(this)}]`;
  const { name, message, text, hint, cause, ...known } = this.toJSON();
  const head = typeof this.stack === "string" ? this.stack : this.toString();
  const show = (shown: object) => `${head} ${hideSecrets(inspect(shown, { ...options, depth }))}`;
  try {
    return show(this.cause === undefined ? known : { ...known, cause: this.cause });
  } catch {
    // The cause cannot be shown.
    return show({ ...known, cause });
  }
}
