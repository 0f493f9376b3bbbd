import type { TransportClock } from "./clock.ts";

/** A delay that doubles from `baseMs` up to `maxMs`, of which a random part is waited. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** The wait before the try that follows `failures` failed ones, spread over the whole range ("full jitter"). */
export function backoffDelay({ baseMs, maxMs }: Backoff, failures: number, clock: TransportClock): number {
  return clock.random() * Math.min(maxMs, baseMs * 2 ** (failures - 1));
}
