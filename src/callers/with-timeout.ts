import { AuthError } from "../auth/auth-error.ts";
import type { Clock } from "../shared/clock.ts";
import { withinTimeout } from "../shared/sleep.ts";

/**
 * Runs work. After `timeoutMs` milliseconds, aborts it, stops waiting for it, and rejects with an AuthError.
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
