import type { Clock } from "./clock.ts";

/** A bound that doubles from `baseMs` up to `maxMs`; the wait is a random part of it, but at least `minMs`. */
export interface Backoff {
  /** Default: 0. */
  readonly minMs?: number | undefined;
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * The wait before the attempt that follows `failures` failed ones, in milliseconds: spread over the whole range
 * ("full jitter"), so that clients which failed together do not come back together.
 */
export function backoffMs(
  { minMs = 0, baseMs, maxMs }: Backoff,
  failures: number,
  clock: Pick<Clock, "random">,
): number {
  const bound = Math.min(maxMs, baseMs * 2 ** (failures - 1));
  return minMs + clock.random() * (bound - minMs);
}
