import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import type { Order } from "./range-check.ts";

const NANOS = 1_000_000_000n;

/** Durations, by length. */
export const durationOrder: Order<Duration> = { compare, show: (value) => showDuration(totalNanos(value)) };

/** Points in time. */
export const timestampOrder: Order<Timestamp> = {
  compare,
  show: ({ seconds }) => new Date(Number(seconds) * 1000).toISOString(),
};

interface Moment {
  readonly seconds: bigint;
  readonly nanos: number;
}

function compare(a: Moment, b: Moment): number {
  const difference = totalNanos(a) - totalNanos(b);
  return difference < 0n ? -1 : Number(difference > 0n);
}

function totalNanos({ seconds, nanos }: Moment): bigint {
  return seconds * NANOS + BigInt(nanos);
}

/** As Go writes durations: `0s`, `4m30s`, `1h0m0s`, `1.5s`. */
function showDuration(nanos: bigint): string {
  const total = Number(nanos / 1_000_000n) / 1000;
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = `${Number((total % 60).toFixed(3))}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
