import type { Clock } from "./clock.ts";

/**
 * Waits for `promise`, or rejects with the signal's reason when it aborts. This only ends the wait; the work behind
 * `promise` goes on for others.
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

/** Waits `ms` milliseconds on behalf of a caller, unless `signal` aborts; keeps the process alive meanwhile. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal | undefined): Promise<void> {
  let cancel = (): void => {};
  const elapsed = new Promise<void>((resolve) => {
    cancel = clock.setTimer(resolve, ms, true);
  });
  return abortable(elapsed, signal).finally(cancel);
}

/** A time limit for work. */
export interface TimeLimit {
  readonly ms: number;
  /** Creates the reason for which the work is aborted, which the caller gets. */
  readonly error: () => Error;
  /** Whether the timer keeps the process alive. Default: true, since a caller waits. */
  readonly keepAlive?: boolean | undefined;
  /**
   * The number of consecutive timers that the time is divided among. Each starts only when the process runs again, and
   * responses are read in between. Where hundreds of processes start on few processors, each is suspended for seconds, and
   * a single timer would fire before a response that has arrived meanwhile is read. Default: 1, so a process that was
   * frozen gives up at once.
   */
  readonly steps?: number | undefined;
}

/** Runs work with a time limit: when it is exceeded, aborts the work and rejects. */
export async function withinTimeout<T>(
  clock: Clock,
  { ms, error, keepAlive = true, steps = 1 }: TimeLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController();
  const begin = (left: number): (() => void) =>
    clock.setTimer(
      () => {
        if (left > 1) cancel = begin(left - 1);
        else timeout.abort(error());
      },
      ms / steps,
      keepAlive,
    );
  let cancel = begin(steps);
  try {
    return await abortable(work(timeout.signal), timeout.signal);
  } finally {
    cancel();
  }
}
