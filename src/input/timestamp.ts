import { types } from "node:util";
import { create } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema, timestampDate } from "@bufbuild/protobuf/wkt";
import { describeInput, type InputProblem, mismatch } from "./input-problem.ts";

/**
 * The point in time as a `Date`, with millisecond precision; undefined for undefined.
 *
 * @throws TypeError if the value is not a Timestamp
 */
export function toDate(timestamp: Timestamp): Date;
export function toDate(timestamp: Timestamp | undefined): Date | undefined;
export function toDate(timestamp: Timestamp | undefined): Date | undefined {
  if (timestamp === undefined) return undefined;
  if (timestamp?.$typeName === TimestampSchema.typeName) return timestampDate(timestamp);
  throw new TypeError(`toDate(): its argument is ${describeInput(timestamp)}; expected a Timestamp`);
}

/** Reads a `Date`, or a string in the format of RFC 3339, in which seconds may be omitted. */
export function readTimestamp(value: unknown): Timestamp | InputProblem {
  if (typeof value === "string") return readText(value);
  // A Date may come from another realm, such as a test runner's.
  if (!types.isDate(value)) return mismatch(describeInput(value), EXPECTED);
  const ms = value.getTime();
  if (Number.isNaN(ms)) return mismatch("an invalid Date", EXPECTED);
  const seconds = Math.floor(ms / 1_000);
  return toTimestamp(seconds, (ms - seconds * 1_000) * 1_000_000);
}

const EXPECTED = 'a Date, or a time with its offset such as "2026-07-10T12:00:00Z"';

const TIME =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?:(:\d{2})(?:\.(\d{1,9}))?)?(?:[Zz]|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)$/;

function readText(text: string): Timestamp | InputProblem {
  const match = TIME.exec(text);
  if (match === null) return mismatch(describeText(text), EXPECTED);
  const [, date = "", minutes = "", seconds = ":00", fraction = "", sign, offsetHours, offsetMinutes] = match;
  const local = Date.parse(`${date}T${minutes}${seconds}Z`);
  // JavaScript turns the 30th of February into a day in March.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(date)) {
    return mismatch("a time that does not exist", EXPECTED);
  }
  const offset = (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0)) * (sign === "-" ? -60 : 60);
  return toTimestamp(local / 1_000 - offset, Number(fraction.padEnd(9, "0")));
}

function describeText(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return "a date without a time";
  if (/^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}[\d:.]*$/.test(text)) return "a time without its offset";
  return describeInput(text);
}

/** The beginning of the year 1, and the end of 9999: the range of a Timestamp, according to its .proto file. */
const FIRST = -62_135_596_800;
const LAST = 253_402_300_799;

function toTimestamp(seconds: number, nanos: number): Timestamp | InputProblem {
  if (seconds < FIRST || seconds > LAST) return mismatch("a time outside the years 1 to 9999", EXPECTED);
  return create(TimestampSchema, { seconds: BigInt(seconds), nanos });
}
