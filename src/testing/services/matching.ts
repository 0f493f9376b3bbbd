import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampMs } from "@bufbuild/protobuf/wkt";

/** TextQueryMethod and TextFilterMethod, which are the same in all versions. Odd numbers ignore case. */
const TEXT: readonly ((text: string, part: string) => boolean)[] = [
  (text, part) => text === part,
  (text, part) => text.startsWith(part),
  (text, part) => text.includes(part),
  (text, part) => text.endsWith(part),
];

/** How a filter compares its text. */
export interface TextFilter {
  readonly method: number;
}

/** Whether `text` matches `part` by a text query method. */
export function textMatches(text: string, part: string, method: number): boolean {
  const ignoreCase = method % 2 === 1;
  const matches = TEXT[method >> 1];
  if (matches === undefined) return false;
  return ignoreCase ? matches(text.toLowerCase(), part.toLowerCase()) : matches(text, part);
}

/** TimestampQueryMethod and TimestampFilterMethod. */
const TIME: readonly ((time: number, bound: number) => boolean)[] = [
  (time, bound) => time === bound,
  (time, bound) => time > bound,
  (time, bound) => time >= bound,
  (time, bound) => time < bound,
  (time, bound) => time <= bound,
];

/** Whether `time` matches a bound by a timestamp query method. */
export function timeMatches(time: number, bound: Timestamp | undefined, method: number): boolean {
  return bound !== undefined && (TIME[method]?.(time, timestampMs(bound)) ?? false);
}
