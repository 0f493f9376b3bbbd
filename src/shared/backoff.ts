import type { Clock } from "./clock.ts";

/** A limit that doubles from `baseMs` up to `maxMs`. The delay is random, between `minMs` and the limit. */
export interface Backoff {
  /** Default: 0. */
  readonly minMs?: number | undefined;
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * The delay before the next attempt after `failures` failed ones, in milliseconds: random over the whole range ("full
 * jitter"), so that clients that failed together do not retry together.
 */
export function backoffMs(
  { minMs = 0, baseMs, maxMs }: Backoff,
  failures: number,
  clock: Pick<Clock, "random">,
): number {
  const bound = Math.min(maxMs, baseMs * 2 ** (failures - 1));
  return minMs + clock.random() * (bound - minMs);
}
