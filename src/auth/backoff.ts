const FLOOR_MS = 1_000;
const CEILING_MS = 30_000;

/**
 * How long to wait after so many failures in a row: a random time between one second and a bound that
 * doubles from 2 s to 30 s. The floor protects the server, the spread keeps many clients apart.
 */
export function backoffMs(failures: number): number {
  const bound = Math.min(CEILING_MS, FLOOR_MS * 2 ** failures);
  return FLOOR_MS + Math.random() * (bound - FLOOR_MS);
}
