import { createHash, randomInt } from "node:crypto";
import { type Timestamp, timestampDate, timestampFromMs } from "@bufbuild/protobuf/wkt";

/**
 * The time at which a credential expires, whose microseconds say what it takes the place of. The server's list of keys
 * tells by them what a rotation has added, also to a run that knows nothing else of it.
 */
export type MarkedTime = Pick<Timestamp, "seconds" | "nanos">;

/** Odd numbers of microseconds say whose place is taken, even ones nothing. */
const MARKS = 500_000;

/** A time of expiry within the second of `at`. `replaced`: the id of what is to be removed. Default: nothing is. */
export function markTime(at: number, replaced: string | undefined): MarkedTime {
  const { seconds } = timestampFromMs(at);
  const mark = replaced === undefined ? 2 * randomInt(1, MARKS) : markFor(replaced);
  return { seconds, nanos: mark * 1_000 };
}

/** Whether what expires then has taken the place of the credential of an id. */
export function isSuccessor(expires: MarkedTime | undefined, id: string): boolean {
  return expires !== undefined && expires.nanos === markFor(id) * 1_000;
}

/** Whether two times are the same to the microsecond. */
export function isSameTime(a: MarkedTime | undefined, b: MarkedTime): boolean {
  return a?.seconds === b.seconds && a.nanos === b.nanos;
}

/** In ISO 8601 with microseconds. */
export function formatTime({ seconds, nanos }: MarkedTime): string {
  const whole = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return `${whole}.${String(Math.floor(nanos / 1_000)).padStart(6, "0")}Z`;
}

/** The inverse of {@link formatTime}. */
export function parseTime(text: string): MarkedTime {
  const seconds = BigInt(Math.floor(Date.parse(`${text.slice(0, 19)}Z`) / 1_000));
  return { seconds, nanos: Number(text.slice(20, 26)) * 1_000 };
}

/** To the millisecond. */
export function toTime({ seconds, nanos }: MarkedTime): Date {
  return timestampDate({ $typeName: "google.protobuf.Timestamp", seconds, nanos });
}

function markFor(id: string): number {
  return 2 * (createHash("sha256").update(id).digest().readUInt32BE() % MARKS) + 1;
}
