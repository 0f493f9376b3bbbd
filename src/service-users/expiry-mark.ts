import { createHash, randomInt } from "node:crypto";
import { type Timestamp, timestampDate, timestampFromMs } from "@bufbuild/protobuf/wkt";

/**
 * The expiry of a credential, whose microseconds say which credential it replaces. Thus the server's list of keys shows
 * what a rotation has added, even to a run that knows nothing else about it.
 */
export type MarkedTime = Pick<Timestamp, "seconds" | "nanos">;

/** The number of marks. Odd microseconds mark a replacement, even ones do not. */
const MARKS = 500_000;

/** An expiry within the second of `at`. `replaced`: the id of the credential to remove. Default: none. */
export function markTime(at: number, replaced: string | undefined): MarkedTime {
  const { seconds } = timestampFromMs(at);
  const mark = replaced === undefined ? 2 * randomInt(1, MARKS) : computeMark(replaced);
  return { seconds, nanos: mark * 1_000 };
}

/** Whether a credential with this expiry replaces the credential with this id. */
export function isSuccessor(expires: MarkedTime | undefined, id: string): boolean {
  return expires !== undefined && expires.nanos === computeMark(id) * 1_000;
}

/** Whether two times are equal to the microsecond. */
export function isSameTime(a: MarkedTime | undefined, b: MarkedTime): boolean {
  return a?.seconds === b.seconds && a.nanos === b.nanos;
}

/** Formats a time in ISO 8601 with microseconds. */
export function formatTime({ seconds, nanos }: MarkedTime): string {
  const whole = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return `${whole}.${String(Math.floor(nanos / 1_000)).padStart(6, "0")}Z`;
}

/** The inverse of {@link formatTime}. */
export function parseTime(text: string): MarkedTime {
  const seconds = BigInt(Math.floor(Date.parse(`${text.slice(0, 19)}Z`) / 1_000));
  return { seconds, nanos: Number(text.slice(20, 26)) * 1_000 };
}

/** Converts a time to a `Date`, which has only millisecond precision. */
export function toTime({ seconds, nanos }: MarkedTime): Date {
  return timestampDate({ $typeName: "google.protobuf.Timestamp", seconds, nanos });
}

function computeMark(id: string): number {
  return 2 * (createHash("sha256").update(id).digest().readUInt32BE() % MARKS) + 1;
}
