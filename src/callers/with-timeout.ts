import type { Clock } from "../shared/clock.ts";

/** Runs work that is told to end after `timeoutMs` milliseconds. */
export async function withTimeout<T>(
  clock: Clock,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const cancel = clock.setTimer(() => controller.abort(), timeoutMs, true);
  try {
    return await work(controller.signal);
  } finally {
    cancel();
  }
}
