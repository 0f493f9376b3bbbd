import { create } from "@bufbuild/protobuf";
import { type Duration, DurationSchema, durationMs } from "@bufbuild/protobuf/wkt";
import { describeInput, type InputProblem, mismatch } from "./input-problem.ts";

/**
 * A duration in milliseconds, rounded to an integer; undefined for undefined.
 *
 * @throws TypeError if the value is not a Duration
 */
export function toMilliseconds(duration: Duration): number;
export function toMilliseconds(duration: Duration | undefined): number | undefined;
export function toMilliseconds(duration: Duration | undefined): number | undefined {
  if (duration === undefined) return undefined;
  if (duration?.$typeName === DurationSchema.typeName) return durationMs(duration);
  throw new TypeError(`toMilliseconds(): its argument is ${describeInput(duration)}; expected a Duration`);
}

/**
 * Reads milliseconds, an ISO 8601 duration such as `PT1H30M`, or seconds as in protobuf's JSON: `5400s`. Days have 24
 * hours and weeks 7 days; years and months, which have no fixed length, are refused.
 */
export function readDuration(value: unknown): Duration | InputProblem {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return mismatch(String(value), EXPECTED);
    const whole = Math.trunc(value);
    return toDuration(BigInt(whole) * 1_000_000n + BigInt(Math.round((value - whole) * 1_000_000)));
  }
  if (typeof value !== "string") return mismatch(describeInput(value), EXPECTED);
  const nanos = parseSeconds(value) ?? parseIso(value);
  return nanos === undefined ? mismatch(describeText(value), EXPECTED) : toDuration(nanos);
}

const EXPECTED = 'milliseconds, or a duration such as "PT1H30M" or "5400s"';

/** https://protobuf.dev/programming-guides/json/ */
function parseSeconds(text: string): bigint | undefined {
  const [, sign, seconds] = /^(-?)(\d{1,15}(?:\.\d{1,9})?)s$/.exec(text) ?? [];
  return seconds === undefined ? undefined : toNanos(sign, [[seconds, 1]]);
}

/** Only seconds may have a fraction. */
const ISO =
  /^([+-]?)P(?=[\dT])(?:(\d{1,15})W)?(?:(\d{1,15})D)?(?:T(?=\d)(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15}(?:[.,]\d{1,9})?)S)?)?$/;

function parseIso(text: string): bigint | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, sign, weeks, days, hours, minutes, seconds] = match;
  const parts = [
    [weeks, 604_800],
    [days, 86_400],
    [hours, 3_600],
    [minutes, 60],
    [seconds, 1],
  ] as const;
  return toNanos(sign, parts);
}

/** Numbers as strings, each with the seconds of its unit. */
function toNanos(
  sign: string | undefined,
  parts: readonly (readonly [amount: string | undefined, seconds: number])[],
): bigint {
  let nanos = 0n;
  for (const [amount = "0", seconds] of parts) {
    const [whole = "", fraction = ""] = amount.split(/[.,]/);
    nanos += BigInt(whole + fraction.padEnd(9, "0")) * BigInt(seconds);
  }
  return sign === "-" ? -nanos : nanos;
}

function describeText(text: string): string {
  return /^[+-]?P(\d+[YMWD])*\d+[YM]/.test(text)
    ? "a duration with years or months, which have no fixed length"
    : describeInput(text);
}

/** About 10,000 years: the range of a Duration, according to its .proto file. */
const MAX_SECONDS = 315_576_000_000n;

function toDuration(nanos: bigint): Duration | InputProblem {
  const seconds = nanos / 1_000_000_000n;
  if (seconds > MAX_SECONDS || seconds < -MAX_SECONDS) {
    return mismatch("a duration of more than 10,000 years", EXPECTED);
  }
  return create(DurationSchema, { seconds, nanos: Number(nanos % 1_000_000_000n) });
}
