import { ConnectError } from "@connectrpc/connect";
import { methodName } from "../../descriptor/method-name.ts";
import { backoffMs } from "../../shared/backoff.ts";
import { type Clock, LONGEST_TIMER_MS } from "../../shared/clock.ts";
import type { Call, CallFn, CallProgress, CallResponse } from "../call.ts";
import type { CallContext } from "../context/call-context.ts";
import { sleepWithin } from "../context/call-context.ts";
import type { OnTransportEvent } from "../events.ts";
import { findFailure } from "../faults.ts";
import { PROBE, Recovery } from "./recovery.ts";
import { isUncounted, type Retry, type RetryOptions, RetryPolicy } from "./retry-policy.ts";

export interface RetriesOptions {
  readonly retry: RetryOptions;
  /** How long a read waits for the server's database to recover, in milliseconds from the start of the call. */
  readonly recoveryTimeoutMs: number;
  readonly clock: Clock;
  readonly onEvent: OnTransportEvent | undefined;
}

/** Retries a call as long as that is safe, useful, and within budget and deadline. */
export function withRetries(next: CallFn, options: RetriesOptions): CallFn {
  const { onEvent } = options;
  const retries = new Retries(options);
  const attempt = async (call: Call): Promise<CallResponse> => {
    const { progress } = call;
    const { sent } = progress;
    progress.attempts += 1;
    onEvent?.({ type: "attempt-started", ...toAttempt(call) });
    try {
      const response = await next(call);
      retries.succeeded();
      return response;
    } catch (error) {
      noteUnprocessed(error, progress, sent);
      const retry = retries.next(error, call);
      if (onEvent !== undefined) emitFailure(onEvent, call, error, retry);
      if (retry === undefined || !(await retries.pause(retry, call))) throw error;
    }
    return await attempt(call);
  };
  return (call) => attempt(withRepeatable(call, retries.isRepeatable(call)));
}

/** Spelled out rather than spread, because it runs for every call. */
function withRepeatable(
  { method, message, header, authorization, contextValues, context, progress }: Call,
  repeatable: boolean,
): Call {
  return { method, message, header, authorization, repeatable, contextValues, context, progress };
}

/** An attempt that was not processed counts as not sent. */
function noteUnprocessed(error: unknown, progress: CallProgress, sentBefore: boolean): void {
  const failure = findFailure(error);
  if (failure?.unprocessed === true) progress.sent = sentBefore;
  if (failure !== undefined && isUncounted(failure)) progress.unprocessed += 1;
}

/** A retry, with the pause before it in milliseconds. */
type PlannedRetry = Retry & { readonly delayMs: number };

/** Shared by all calls of a connection: their budget, and whether the server is recovering. */
class Retries {
  readonly #options: RetriesOptions;
  readonly #policy: RetryPolicy;
  readonly #budget = new RetryBudget();
  readonly #recovery: Recovery;

  constructor(options: RetriesOptions) {
    this.#options = options;
    this.#policy = new RetryPolicy(options.retry, options.clock);
    this.#recovery = new Recovery(options.clock, options.recoveryTimeoutMs);
  }

  isRepeatable(call: Call): boolean {
    return this.#policy.isRepeatable(call);
  }

  succeeded(): void {
    this.#budget.succeeded();
    this.#recovery.succeeded();
  }

  /** `undefined` if the call is not to be retried. */
  next(error: unknown, call: Call): PlannedRetry | undefined {
    const { context } = call;
    if (context.ended !== undefined) return undefined;
    const retry = this.#policy.retryFor(error, call);
    if (retry?.awaitsRecovery === true) {
      return this.#options.clock.requestBound === true
        ? this.#probe(retry, context)
        : { ...retry, delayMs: 0 };
    }
    if (retry === undefined) return undefined;
    const delayMs = Math.max(retry.atLeastMs, backoffMs(retry.backoff, retry.failures, this.#options.clock));
    // Longer than Node's timers allow, and longer than anybody waits.
    if (delayMs > LONGEST_TIMER_MS) return undefined;
    // An error now is more useful than a deadline later.
    if (delayMs >= context.remainingMs()) return undefined;
    return !retry.charged || this.#budget.spend() ? { ...retry, delayMs } : undefined;
  }

  /** On platforms where no call may wait for another, each is its own probe. */
  #probe({ failures, ...retry }: Retry, context: CallContext): PlannedRetry | undefined {
    const { clock, recoveryTimeoutMs } = this.#options;
    const delayMs = backoffMs(PROBE, failures, clock);
    if (context.elapsedMs() + delayMs >= Math.min(recoveryTimeoutMs, context.remainingMs())) return undefined;
    if (failures > 1 && !this.#budget.spend()) return undefined;
    return { ...retry, failures, delayMs, awaitsRecovery: false };
  }

  /** Waits until it is time to retry. False: the call is not to be retried after all. */
  async pause({ awaitsRecovery, delayMs, failures }: PlannedRetry, { context }: Call): Promise<boolean> {
    if (awaitsRecovery !== true) {
      if (delayMs > 0) await sleepWithin(context, delayMs, this.#options.clock);
      return true;
    }
    const outcome = await this.#recovery.wait(context);
    // Probes are few, and the first retry replaces a request that the server could not serve.
    return outcome === "probe" || (outcome === "recovered" && (failures === 1 || this.#budget.spend()));
  }
}

function toAttempt({ method, progress }: Call): { method: string; attempt: number } {
  return { method: methodName(method), attempt: progress.attempts };
}

function emitFailure(
  onEvent: OnTransportEvent,
  call: Call,
  error: unknown,
  retry: PlannedRetry | undefined,
): void {
  const { method, attempt } = toAttempt(call);
  const code = error instanceof ConnectError ? error.code : undefined;
  onEvent({ type: "attempt-failed", method, attempt, code, fault: findFailure(error)?.fault });
  if (retry !== undefined)
    onEvent({ type: "retrying", method, attempt: attempt + 1, delayMs: retry.delayMs });
}

/**
 * How many retries a connection may spend. Each costs a token; each call that succeeds earns a tenth of one. Once nothing
 * succeeds, the tokens run out, and a server in trouble gets hardly more requests than callers make.
 */
export class RetryBudget {
  static readonly CAPACITY = 100;
  static readonly EARNED_BY_SUCCESS = 0.1;
  #tokens = RetryBudget.CAPACITY;

  succeeded(): void {
    this.#tokens = Math.min(RetryBudget.CAPACITY, this.#tokens + RetryBudget.EARNED_BY_SUCCESS);
  }

  /** Whether there was a token to spend. */
  spend(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
