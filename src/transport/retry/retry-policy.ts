import type { DescMethodUnary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { methodTraits } from "../../descriptor/method-traits.ts";
import type { Backoff } from "../../shared/backoff.ts";
import { retryAfterMs } from "../../shared/retry-after.ts";
import type { Call } from "../call.ts";
import { type CallFailure, failureOf } from "../faults/failure.ts";
import { type Fault, faults } from "../faults/faults.ts";
import { type RetryMode, retryMode } from "./retry-mode.ts";

/** What is sent again after a failure, and how often. */
export interface RetryOptions {
  /** How often a call is sent at most. At least 1. Default: 3. */
  readonly maxAttempts: number;
  /** The same where writes collide on the server, which costs nobody anything. At least 1. Default: 10. */
  readonly maxConflictAttempts: number;
  /** The mode for a method; `undefined` for `auto`. A call's own {@link retryMode} outranks it. */
  readonly modeOf?: ((method: DescMethodUnary) => RetryMode | undefined) | undefined;
}

/** How a failed call may be sent again. */
export interface Retry {
  readonly backoff: Backoff;
  /** Wait at least so long. */
  readonly atLeastMs: number;
  /** It is paid for from the budget. */
  readonly charged: boolean;
}

/** For the next connection there is a back-off of its own. */
const AT_ONCE: Backoff = { baseMs: 0, maxMs: 0 };
const BACKOFF: Backoff = { baseMs: 100, maxMs: 2000 };
/** A collision is over as soon as the other write is. */
const CONFLICT_BACKOFF: Backoff = { baseMs: 20, maxMs: 400 };

/** Whether and how a call is sent again after `error`, regardless of budget and deadline. */
export function retryFor(error: unknown, call: Call, options: RetryOptions): Retry | undefined {
  const failure = failureOf(error);
  if (!(error instanceof ConnectError) || failure === undefined) return undefined;
  const { attempts } = call.progress;
  const mode = call.contextValues.get(retryMode) ?? options.modeOf?.(call.method) ?? "auto";
  if (mode === "never") return undefined;
  if (isWriteConflict(error)) {
    if (attempts >= options.maxConflictAttempts) return undefined;
    return { backoff: CONFLICT_BACKOFF, atLeastMs: 0, charged: false };
  }
  if (attempts >= options.maxAttempts) return undefined;
  const after = retryAfterMs(error.metadata, Date.now());
  const repeatable = mode === "safe" || methodTraits(call.method).read;
  if (!allows(ruleOf(error, failure), repeatable, after !== undefined)) return undefined;
  if (isFirstLoss(failure, attempts)) return { backoff: AT_ONCE, atLeastMs: 0, charged: false };
  return { backoff: BACKOFF, atLeastMs: after ?? 0, charged: true };
}

function allows(rule: Fault["retry"], repeatable: boolean, invited: boolean): boolean {
  if (rule === "reads-with-retry-after") return repeatable && invited;
  return rule === "any" || (rule === "reads" && repeatable);
}

function ruleOf(error: ConnectError, { origin, fault }: CallFailure): Fault["retry"] {
  if (origin === "transport") return fault === undefined ? "never" : faults[fault].retry;
  if (origin !== "server") return "never";
  if (error.code === Code.Unavailable) return "reads";
  return error.code === Code.ResourceExhausted && !isQuota(error) ? "reads-with-retry-after" : "never";
}

/**
 * A connection that worked and went away is not a server in trouble: all that it carried may move to the
 * next one, once.
 */
function isFirstLoss({ fault, connectionHadWorked }: CallFailure, attempts: number): boolean {
  if (connectionHadWorked !== true || attempts > 1) return false;
  return fault === "connection-lost" || fault === "ping-timeout" || fault === "goaway-unprocessed";
}

/**
 * Two writes on one aggregate took the same place in the event store. The losing one was rolled back. Only
 * the name of the constraint in the text tells.
 */
function isWriteConflict({ code, rawMessage }: ConnectError): boolean {
  return code === Code.Unknown && rawMessage.includes("events2_pkey");
}

/** The instance is blocked or out of its quota: it will be for long. */
function isQuota({ rawMessage, details }: ConnectError): boolean {
  return ["QUOTA-vjAy8", "LIMITS-molsj"].some(
    (id) =>
      rawMessage.includes(id) ||
      details.some((detail) => detail.value instanceof Uint8Array && Buffer.from(detail.value).includes(id)),
  );
}
