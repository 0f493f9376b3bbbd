import { AuthError } from "../auth/auth-error.ts";
import type { Clock } from "../shared/clock.ts";
import { withinTimeout } from "../shared/sleep.ts";

/**
 * Runs work that is told to end after `timeoutMs` milliseconds, and waits no longer for it. Rejects with an AuthError
 * then.
 */
export async function withTimeout<T>(
  clock: Clock,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const summary = `The instance took longer than ${timeoutMs} ms`;
  const error = () => new AuthError({ code: "timeout", summary });
  return await withinTimeout(clock, { ms: timeoutMs, error }, work);
}
