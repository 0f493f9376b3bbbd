import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { describe } from "../shared/describe.ts";
import { invalidOption, requireString, requireStrings } from "../shared/invalid-option.ts";

/**
 * A position in the event log. Plain data: it survives `JSON.stringify()`, so another process can continue from it.
 *
 * It records which events were yielded: all that were created up to `after`, and the later ones in `except`. Following
 * from it yields all others, and repeats none. `after` is usually a window (10 s) before the newest event. `except` has
 * 16 bytes for each event that was yielded after it: a few entries in a quiet instance, thousands while hundreds of
 * events are written per second. So store the cursor with each transaction, not with each event.
 */
export interface EventCursor {
  /** ISO 8601 in UTC with microseconds; the empty string is before everything. */
  readonly after: string;
  /** Opaque. */
  readonly except: readonly string[];
}

/** Microseconds since the epoch: PostgreSQL's precision. A safe integer until the year 2255. */
export type Instant = number;

/** Before everything. */
export const BEGINNING: Instant = 0;

/** The time of an event. */
export function toInstant({ seconds, nanos }: Pick<Timestamp, "seconds" | "nanos">): Instant {
  return Number(seconds) * 1e6 + Math.floor(nanos / 1e3);
}

/** An instant as requests contain it. */
export function toTimestamp(instant: Instant): { seconds: bigint; nanos: number } {
  return { seconds: BigInt(Math.floor(instant / 1e6)), nanos: (instant % 1e6) * 1e3 };
}

/** An instant as cursors and error messages contain it. */
export function formatInstant(instant: Instant): string {
  if (instant <= BEGINNING) return "";
  const micros = String(instant % 1e6).padStart(6, "0");
  return new Date(Math.floor(instant / 1e6) * 1e3).toISOString().replace("000Z", `${micros}Z`);
}

/** Parses the output of `formatInstant()`. Returns `NaN` for anything else. */
export function parseInstant(text: string): Instant {
  if (text === "") return BEGINNING;
  const [, seconds, micros] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})Z$/.exec(text) ?? [];
  return Date.parse(`${seconds}Z`) * 1e3 + Number(micros);
}

/** Throws a TypeError unless the value is a cursor. It may come from a file or a database. */
export function requireCursor(option: string, value: unknown): asserts value is EventCursor {
  const expected = "the cursor of an event, a Date, or left out";
  if (typeof value !== "object" || value === null) throw invalidOption(option, describe(value), expected);
  const { after, except } = value as Partial<EventCursor>;
  if (after !== "") requireString(`${option}.after`, after);
  if (Number.isNaN(parseInstant(after as string))) {
    throw invalidOption(`${option}.after`, "some other text", "a time with microseconds, as in a cursor");
  }
  if (!(Array.isArray(except) && except.length === 0)) requireStrings(`${option}.except`, except);
}
