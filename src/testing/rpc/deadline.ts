import { Code, ConnectError } from "@connectrpc/connect";

/**
 * Runs `work` with a signal that aborts at the client's deadline, or when the client has disconnected. At the deadline,
 * throws the server's error, whose code is UNKNOWN.
 */
export async function withDeadline<T>(
  timeoutMs: number | undefined,
  gone: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (timeoutMs === undefined) return await work(gone);
  const late = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => {
      late.abort();
      reject(new ConnectError("context deadline exceeded ()", Code.Unknown));
    },
    Math.min(timeoutMs, MAX_TIMER_MS),
  );
  timer.unref();
  try {
    return await Promise.race([work(AbortSignal.any([gone, late.signal])), promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The longest delay of a timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;
