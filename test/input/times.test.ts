import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { create } from "@bufbuild/protobuf";
import { DurationSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { toDate, toMilliseconds } from "../../src/index.ts";
import { readDuration } from "../../src/input/duration.ts";
import { InputProblem } from "../../src/input/input-problem.ts";
import { readTimestamp } from "../../src/input/timestamp.ts";

/** Seconds and nanoseconds, or what is wrong. */
function read(reader: typeof readTimestamp | typeof readDuration, value: unknown): [number, number] | string {
  const time = reader(value);
  return time instanceof InputProblem ? time.reason.replace(/;.*/, "") : [Number(time.seconds), time.nanos];
}

describe("a time", () => {
  const noon = Date.UTC(2026, 6, 10, 12) / 1_000;
  const taken: readonly [unknown, number, number][] = [
    ["2026-07-10T12:00:00Z", noon, 0],
    ["2026-07-10T12:00:00.5Z", noon, 500_000_000],
    ["2026-07-10T12:00:00.123456789Z", noon, 123_456_789],
    ["2026-07-10T14:00:00+02:00", noon, 0],
    ["2026-07-10T06:30:00-0530", noon, 0],
    ["2026-07-10 14:00:00+02", noon, 0],
    ["2026-07-10t12:00z", noon, 0],
    ["0001-01-01T00:00:00Z", -62_135_596_800, 0],
    ["9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999],
    [new Date(-1), -1, 999_000_000],
    [runInNewContext("new Date(1500)"), 1, 500_000_000],
  ];
  for (const [value, seconds, nanos] of taken) {
    it(`may be ${value instanceof Date ? "a Date" : value}`, () => {
      assert.deepEqual(read(readTimestamp, value), [seconds, nanos]);
    });
  }

  const refused: readonly [unknown, string][] = [
    ["2026-07-10", "is a date without a time"],
    ["2026-07-10T12:00:00", "is a time without its offset"],
    ["2026-07-10T12:00", "is a time without its offset"],
    ["2026-02-30T12:00:00Z", "is a time that does not exist"],
    ["2026-07-10T24:00:00Z", "is a time that does not exist"],
    ["2026-07-10T12:00:60Z", "is a time that does not exist"],
    ["0000-12-31T23:59:59Z", "is a time outside the years 1 to 9999"],
    ["9999-12-31T23:59:59-00:01", "is a time outside the years 1 to 9999"],
    [new Date(8.64e15), "is a time outside the years 1 to 9999"],
    [new Date(Number.NaN), "is an invalid Date"],
    ["10.07.2026", "is a string"],
    ["tomorrow", "is a string"],
    ["", "is an empty string"],
    [1_783_684_800, "is a number"],
    [1n, "is a bigint"],
    [[], "is an array"],
    [create(DurationSchema), "is a google.protobuf.Duration"],
  ];
  for (const [value, reason] of refused) {
    it(`is refused because it ${reason}: ${typeof value === "string" ? value : typeof value}`, () => {
      assert.equal(read(readTimestamp, value), reason);
    });
  }

  it("is converted back to the same Date", () => {
    const dates = fc.date({
      min: new Date(-62_135_596_800_000),
      max: new Date(253_402_300_799_999),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(dates, (date) => {
        for (const value of [date, date.toISOString()]) {
          const time = readTimestamp(value);
          assert.ok(!(time instanceof InputProblem));
          assert.deepEqual(toDate(time), date);
        }
      }),
    );
  });

  it("is undefined where there is none", () => {
    assert.equal(toDate(undefined), undefined);
    assert.equal(toMilliseconds(undefined), undefined);
  });

  it("is converted from nothing else", () => {
    const duration: unknown = create(DurationSchema);
    const date: unknown = timestampFromDate(new Date());
    assert.throws(() => toDate(duration as never), {
      name: "TypeError",
      message: "toDate(): its argument is a google.protobuf.Duration; expected a Timestamp",
    });
    assert.throws(() => toDate(null as never), /its argument is null/);
    assert.throws(() => toMilliseconds(date as never), {
      name: "TypeError",
      message: "toMilliseconds(): its argument is a google.protobuf.Timestamp; expected a Duration",
    });
  });
});

describe("a duration", () => {
  const taken: readonly [unknown, number, number][] = [
    [1_500, 1, 500_000_000],
    [-1_500, -1, -500_000_000],
    [0.25, 0, 250_000],
    ["5400s", 5_400, 0],
    ["-3.5s", -3, -500_000_000],
    ["0.000000001s", 0, 1],
    ["PT1H30M", 5_400, 0],
    ["PT90M", 5_400, 0],
    ["P1D", 86_400, 0],
    ["P2W", 1_209_600, 0],
    ["P1DT12H", 129_600, 0],
    ["PT0.5S", 0, 500_000_000],
    ["PT1,5S", 1, 500_000_000],
    ["-PT1M", -60, 0],
    ["+PT1M", 60, 0],
    ["315576000000s", 315_576_000_000, 0],
  ];
  for (const [value, seconds, nanos] of taken) {
    it(`may be ${value}`, () => {
      assert.deepEqual(read(readDuration, value), [seconds, nanos]);
    });
  }

  const refused: readonly [unknown, string][] = [
    ["P1M", "is a duration with years or months, which have no fixed length"],
    ["P1Y2M3DT4H", "is a duration with years or months, which have no fixed length"],
    ["P", "is a string"],
    ["PT", "is a string"],
    ["P1DT", "is a string"],
    ["P1H", "is a string"],
    ["PT1.5H", "is a string"],
    ["1h", "is a string"],
    ["5400", "is a string"],
    ["1 hour", "is a string"],
    [Number.NaN, "is NaN"],
    [Number.POSITIVE_INFINITY, "is Infinity"],
    ["315576000001s", "is a duration of more than 10,000 years"],
    [1e300, "is a duration of more than 10,000 years"],
    [5n, "is a bigint"],
    [new Date(0), "is a Date"],
  ];
  for (const [value, reason] of refused) {
    it(`is refused because it ${reason}: ${typeof value === "string" ? value : typeof value}`, () => {
      assert.equal(read(readDuration, value), reason);
    });
  }

  it("is converted back to the same milliseconds", () => {
    fc.assert(
      fc.property(fc.integer({ min: -3e14, max: 3e14 }), (ms) => {
        for (const value of [ms, `${ms < 0 ? "-" : ""}PT${Math.abs(ms) / 1_000}S`, `${ms / 1_000}s`]) {
          if (String(value).includes("e")) continue;
          const duration = readDuration(value);
          assert.ok(!(duration instanceof InputProblem));
          assert.equal(toMilliseconds(duration) + 0, ms + 0);
        }
      }),
    );
  });
});
