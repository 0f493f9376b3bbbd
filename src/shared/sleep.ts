import type { Clock } from "./clock.ts";

/**
 * Waits for `promise`, or rejects with the signal's reason as soon as it aborts. Only this wait ends;
 * whatever settles `promise` goes on for others.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Waits `ms` on behalf of a caller, who may abort; keeps the process alive meanwhile. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal | undefined): Promise<void> {
  let cancel = (): void => {};
  const elapsed = new Promise<void>((resolve) => {
    cancel = clock.setTimer(resolve, ms, true);
  });
  return abortable(elapsed, signal).finally(cancel);
}

/** A limit of time for work. */
export interface TimeLimit {
  readonly ms: number;
  /** What the work is ended with, and its caller gets. */
  readonly error: () => Error;
  /** Whether the timer keeps the process alive. Default: true, since a caller waits. */
  readonly keepAlive?: boolean | undefined;
}

/** Runs work that is told to end when its time is up, and waits no longer for it. */
export async function withinTimeout<T>(
  clock: Clock,
  { ms, error, keepAlive = true }: TimeLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController();
  const cancel = clock.setTimer(() => timeout.abort(error()), ms, keepAlive);
  try {
    return await abortable(work(timeout.signal), timeout.signal);
  } finally {
    cancel();
  }
}
