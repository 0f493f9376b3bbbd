import { ConnectError, type UnaryResponse } from "@connectrpc/connect";
import { methodName } from "../../descriptor/method-name.ts";
import { backoffMs } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { LONGEST_TIMER_MS } from "../call/alarms.ts";
import type { Closing } from "../call/closing.ts";
import type { Lifetime } from "../call/lifetime.ts";
import type { Call, CallFn } from "../call.ts";
import type { OnTransportEvent } from "../events.ts";
import { failureOf } from "../faults/failure.ts";
import { RetryBudget } from "./retry-budget.ts";
import { type RetryOptions, retryFor } from "./retry-policy.ts";

/** Sends a call again as long as that is safe, of use, and within budget and deadline. */
export function withRetries(
  next: CallFn,
  options: RetryOptions,
  clock: Clock,
  onEvent: OnTransportEvent | undefined,
  closing: Closing,
): CallFn {
  const budget = new RetryBudget();
  const attempt = async (call: Call): Promise<UnaryResponse> => {
    const { progress } = call;
    const { sent } = progress;
    progress.attempts += 1;
    onEvent?.({ type: "attempt-started", ...nameOf(call) });
    try {
      const response = await next(call);
      budget.succeeded();
      return response;
    } catch (error) {
      if (failureOf(error)?.unprocessed === true) progress.sent = sent;
      const delayMs = delayBefore(error, call, options, budget, clock);
      if (onEvent !== undefined) tell(onEvent, call, error, delayMs);
      if (delayMs === undefined) throw error;
      await sleep(delayMs, call.lifetime, clock, closing);
    }
    return await attempt(call);
  };
  return attempt;
}

/** How long to wait before the next attempt; `undefined` if there is none. */
function delayBefore(
  error: unknown,
  call: Call,
  options: RetryOptions,
  budget: RetryBudget,
  clock: Clock,
): number | undefined {
  if (call.lifetime.ended !== undefined) return undefined;
  const retry = retryFor(error, call, options);
  if (retry === undefined) return undefined;
  const delayMs = Math.max(retry.atLeastMs, backoffMs(retry.backoff, call.progress.attempts, clock));
  // Longer than any timer of Node, and than anybody waits.
  if (delayMs > LONGEST_TIMER_MS) return undefined;
  // An error now says more than a deadline later.
  if (delayMs >= call.lifetime.remainingMs()) return undefined;
  return !retry.charged || budget.spend() ? delayMs : undefined;
}

function sleep(ms: number, lifetime: Lifetime, clock: Clock, closing: Closing): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      cancel();
      lifetime.offEnd(sleeper);
      closing.off(onClose);
    };
    const wake = () => {
      stop();
      resolve();
    };
    const onClose = (error: ConnectError) => {
      stop();
      reject(error);
    };
    const sleeper = {
      onLifetimeEnd() {
        stop();
        reject(lifetime.ended);
      },
    };
    const cancel = clock.setTimer(wake, ms, true);
    lifetime.onEnd(sleeper);
    closing.on(onClose);
  });
}

function nameOf({ method, progress }: Call): { method: string; attempt: number } {
  return { method: methodName(method), attempt: progress.attempts };
}

function tell(onEvent: OnTransportEvent, call: Call, error: unknown, delayMs: number | undefined): void {
  const { method, attempt } = nameOf(call);
  const code = error instanceof ConnectError ? error.code : undefined;
  onEvent({ type: "attempt-failed", method, attempt, code, fault: failureOf(error)?.fault });
  if (delayMs !== undefined) onEvent({ type: "retrying", method, attempt: attempt + 1, delayMs });
}
