import type { TransportClock } from "./clock.ts";

/** A delay that doubles from `baseMs` up to `maxMs`, of which a random part is waited. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** How fast tries to connect follow each other. */
export const RECONNECT: Backoff = { baseMs: 50, maxMs: 1000 };

/**
 * The wait before the try that follows `failures` failed ones, spread over the whole range ("full jitter").
 */
export function backoffDelay({ baseMs, maxMs }: Backoff, failures: number, clock: TransportClock): number {
  return clock.random() * Math.min(maxMs, baseMs * 2 ** (failures - 1));
}
