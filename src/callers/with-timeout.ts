import { AuthError } from "../auth/auth-error.ts";
import type { Clock } from "../shared/clock.ts";
import { abortable } from "../shared/sleep.ts";

/**
 * Runs work that is told to end after `timeoutMs` milliseconds, and waits no longer for it. Rejects with an AuthError
 * then.
 */
export async function withTimeout<T>(
  clock: Clock,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const end = (): void => {
    const summary = `The instance took longer than ${timeoutMs} ms`;
    controller.abort(new AuthError({ code: "timeout", summary }));
  };
  const cancel = clock.setTimer(end, timeoutMs, true);
  try {
    return await abortable(work(signal), signal);
  } finally {
    cancel();
  }
}
