import { Code, ConnectError } from "@connectrpc/connect";
import { methodTraits } from "../../descriptor/method-traits.ts";
import type { Backoff } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { retryAfterMs } from "../../shared/retry-after.ts";
import { type Call, type CallMethod, type RetryMode, retryMode } from "../call.ts";
import { type CallFailure, faults, findFailure, isWriteConflict } from "../faults.ts";

/** What is retried after a failure, and how often. */
export interface RetryOptions {
  /**
   * The maximum number of attempts, not counting those that the server provably did not process. At least 1; with 1, reads
   * do not wait for the server's database to recover either. Default: 3.
   */
  readonly maxAttempts: number;
  /** The maximum number of attempts when writes collide on the server, which does no harm. At least 1. Default: 10. */
  readonly maxConflictAttempts: number;
  /** Returns the mode for a method; `undefined` for `auto`. A call's own {@link retryMode} takes precedence. */
  readonly modeOf?: ((method: CallMethod) => RetryMode | undefined) | undefined;
}

/** How to retry a failed call. */
export interface Retry {
  readonly backoff: Backoff;
  /** How many failures of this kind there have been, for the backoff. */
  readonly failures: number;
  /** The minimum delay, in milliseconds. */
  readonly atLeastMs: number;
  /** Whether it is charged to the budget. */
  readonly charged: boolean;
  /** Whether it waits until the server's database works again. */
  readonly awaitsRecovery?: boolean | undefined;
}

const BACKOFF: Backoff = { baseMs: 100, maxMs: 2000 };
/** A collision is over as soon as the other write is. */
const CONFLICT_BACKOFF: Backoff = { baseMs: 20, maxMs: 400 };
/** For a server that keeps refusing streams. */
const REFUSED_BACKOFF: Backoff = { baseMs: 5, maxMs: 500 };
/**
 * For a server that keeps closing connections. New connections have their own backoff; this one spreads the calls over
 * them.
 */
const GOAWAY_BACKOFF: Backoff = { baseMs: 5, maxMs: 50 };
const AT_ONCE: Backoff = { baseMs: 0, maxMs: 0 };
/** How many times in a row a call that was not processed is retried immediately. */
const UNPROCESSED_AT_ONCE = 3;

/** Decides what may be retried. */
export class RetryPolicy {
  readonly #options: RetryOptions;
  readonly #clock: Pick<Clock, "now">;

  /** `clock` is for the dates of `Retry-After`. */
  constructor(options: RetryOptions, clock: Pick<Clock, "now">) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Whether a call may be sent again after the server may have processed it. */
  isRepeatable(call: Call): boolean {
    return this.#isRepeatable(call, this.#modeFor(call));
  }

  /** Whether and how to retry a call after `error`, regardless of budget and deadline. */
  retryFor(error: unknown, call: Call): Retry | undefined {
    const failure = findFailure(error);
    if (!(error instanceof ConnectError) || failure === undefined) return undefined;
    const mode = this.#modeFor(call);
    if (mode === "never") return undefined;
    const { attempts, unprocessed } = call.progress;
    if (isUncounted(failure)) return unprocessedRetry(failure, unprocessed);
    const failures = attempts - unprocessed;
    if (isWriteConflict(error)) {
      if (failures >= this.#options.maxConflictAttempts) return undefined;
      return { backoff: CONFLICT_BACKOFF, failures, atLeastMs: 0, charged: false };
    }
    return this.#retryOnce(error, failure, failures, this.#isRepeatable(call, mode));
  }

  #retryOnce(
    error: ConnectError,
    failure: CallFailure,
    failures: number,
    repeatable: boolean,
  ): Retry | undefined {
    if (repeatable && isDatabaseTrouble(error, failure)) {
      return { backoff: BACKOFF, failures, atLeastMs: 0, charged: false, awaitsRecovery: true };
    }
    const after = retryAfterMs(error.metadata, this.#clock.now());
    if (
      failures >= this.#options.maxAttempts ||
      !isAllowed(error, failure, repeatable, after !== undefined)
    ) {
      return undefined;
    }
    if (isFirstLoss(failure, failures)) return { backoff: AT_ONCE, failures, atLeastMs: 0, charged: false };
    return { backoff: BACKOFF, failures, atLeastMs: after ?? 0, charged: true };
  }

  #isRepeatable({ method }: Call, mode: RetryMode): boolean {
    if (mode === "never" || this.#options.maxAttempts === 1) return false;
    return mode === "idempotent" || methodTraits(method).access !== "write";
  }

  #modeFor({ contextValues, method }: Call): RetryMode {
    return contextValues.get(retryMode) ?? this.#options.modeOf?.(method) ?? "auto";
  }
}

function unprocessedRetry({ fault }: CallFailure, times: number): Retry {
  const later = fault === "stream-refused" ? REFUSED_BACKOFF : GOAWAY_BACKOFF;
  const backoff = times <= UNPROCESSED_AT_ONCE ? AT_ONCE : later;
  return { backoff, failures: times - UNPROCESSED_AT_ONCE, atLeastMs: 0, charged: false };
}

/**
 * Whether the attempt does not count: it was provably not processed, and through no fault of the call. If the server ended
 * the connection with an error, this call may have been the reason.
 */
export function isUncounted({ fault, complaint }: CallFailure): boolean {
  return fault === "stream-refused" || (fault === "goaway-unprocessed" && complaint === undefined);
}

function isAllowed(
  error: ConnectError,
  { origin, fault }: CallFailure,
  repeatable: boolean,
  invited: boolean,
): boolean {
  if (fault !== undefined) {
    const { retry } = faults[fault];
    return !isBlockedInstance(error) && (retry === "any" || (retry === "reads" && repeatable));
  }
  if (origin !== "server" || !repeatable) return false;
  if (error.code === Code.Unavailable) return true;
  return error.code === Code.ResourceExhausted && invited && !isQuota(error);
}

/**
 * Losing a connection that had worked does not mean that the server is in trouble: its calls may move to the next one,
 * once.
 */
function isFirstLoss({ fault, connectionHadWorked }: CallFailure, failures: number): boolean {
  if (connectionHadWorked !== true || failures > 1) return false;
  return fault === "connection-lost" || fault === "ping-timeout";
}

/** Zitadel's errors while its database restarts or fails over. There is no id if middleware hit the problem. */
const DATABASE_TROUBLE =
  /QUERY-AG4gs|QUERY-aAZ1D|SQL-KyeAx|(db connection|unknown database) error|unable to set instance using origin/;

function isDatabaseTrouble(error: ConnectError, { origin }: CallFailure): boolean {
  const internal = error.code === Code.Internal || error.code === Code.Unknown;
  return origin === "server" && internal && includes(error, DATABASE_TROUBLE);
}

/** The instance is blocked, or its quota is used up. That will not change soon. */
function isQuota(error: ConnectError): boolean {
  return includes(error, /QUOTA-vjAy8|LIMITS-molsj/);
}

function isBlockedInstance({ code, rawMessage }: ConnectError): boolean {
  return code === Code.ResourceExhausted && /instance is blocked/i.test(rawMessage);
}

/** Whether an error, or one of its details, contains a text. */
function includes({ rawMessage, details }: ConnectError, text: RegExp): boolean {
  return (
    text.test(rawMessage) ||
    details.some(
      (detail) =>
        detail.value instanceof Uint8Array && text.test(Buffer.from(detail.value).toString("latin1")),
    )
  );
}
