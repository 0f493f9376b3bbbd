import { ConnectError } from "@connectrpc/connect";
import { backoffDelay } from "./backoff.ts";
import type { Call, CallFn } from "./call.ts";
import type { TransportClock } from "./clock.ts";
import type { OnTransportEvent } from "./events.ts";
import { failureOf } from "./failure.ts";
import type { Lifetime } from "./lifetime.ts";
import { RetryBudget } from "./retry-budget.ts";
import { type RetryOptions, retryFor } from "./retry-policy.ts";

/** Sends a call again as long as that is safe, of use, and within budget and deadline. */
export function withRetries(
  next: CallFn,
  options: RetryOptions,
  clock: TransportClock,
  onEvent: OnTransportEvent | undefined,
): CallFn {
  const budget = new RetryBudget();
  return async (call) => {
    for (;;) {
      call.progress.attempts += 1;
      if (onEvent !== undefined) onEvent({ type: "attempt-started", ...nameOf(call) });
      try {
        const response = await next(call);
        budget.succeeded();
        return response;
      } catch (error) {
        onEvent?.({ type: "attempt-failed", ...nameOf(call), ...describe(error) });
        const delayMs = delayBefore(error, call, options, budget, clock);
        if (delayMs === undefined) throw error;
        const { method, attempt } = nameOf(call);
        onEvent?.({ type: "retrying", method, attempt: attempt + 1, delayMs });
        await sleep(delayMs, call.lifetime, clock);
      }
    }
  };
}

/** How long to wait before the next attempt; `undefined` if there is none. */
function delayBefore(
  error: unknown,
  call: Call,
  options: RetryOptions,
  budget: RetryBudget,
  clock: TransportClock,
): number | undefined {
  if (call.lifetime.ended !== undefined) return undefined;
  const retry = retryFor(error, call, options);
  if (retry === undefined) return undefined;
  const delayMs = Math.max(retry.atLeastMs, backoffDelay(retry.backoff, call.progress.attempts, clock));
  // An error now says more than a deadline later.
  if (delayMs >= call.lifetime.remainingMs()) return undefined;
  return !retry.charged || budget.spend() ? delayMs : undefined;
}

function sleep(ms: number, lifetime: Lifetime, clock: TransportClock): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      cancel();
      reject(lifetime.ended);
    };
    const wake = () => {
      lifetime.offEnd(stop);
      resolve();
    };
    const cancel = clock.setTimer(wake, ms, true);
    lifetime.onEnd(stop);
  });
}

function nameOf({ method, progress }: Call): { method: string; attempt: number } {
  return { method: `${method.parent.typeName}/${method.name}`, attempt: progress.attempts };
}

function describe(error: unknown) {
  return { code: error instanceof ConnectError ? error.code : undefined, fault: failureOf(error)?.fault };
}
