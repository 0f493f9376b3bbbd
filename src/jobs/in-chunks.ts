import { describe } from "../shared/describe.ts";
import {
  checkOptions,
  invalidOption,
  requireFunction,
  requireKnown,
  requireNumber,
  requireObject,
} from "../shared/invalid-option.ts";

/** Options of {@link inChunks}. */
export interface ChunkOptions {
  /**
   * The maximum number of values per list, from 1 to 50,000. Zitadel passes each value to its database as a parameter.
   * The database accepts at most 65,535 of them: with more, a list fails with INTERNAL after some seconds. Default:
   * 1,000.
   */
  readonly size?: number | undefined;
}

const SIZE = 1_000;
const MAX_SIZE = 50_000;

/**
 * Lists what matches any of many values, such as users by their ids, a chunk of values at a time. Values are read on
 * demand, so they may come from another list.
 *
 * @example
 * ```ts
 * import { inChunks } from "zitadel-connect";
 *
 * const userIds = ["218790123456789012", "218790123456789013"];
 * const users = inChunks(userIds, (ids) =>
 *   zitadel.user.v2.listUsers({ queries: [{ query: { case: "inUserIdsQuery", value: { userIds: ids } } }] }),
 * );
 * for await (const user of users) console.log(user.userId);
 * ```
 *
 * @throws TypeError if an option is invalid; the iteration rejects with the errors of the lists
 */
export function inChunks<V, T>(
  values: Iterable<V> | AsyncIterable<V>,
  list: (chunk: V[]) => AsyncIterable<T>,
  options: ChunkOptions = {},
): AsyncIterable<T> {
  const size = checkOptions("inChunks()", () => {
    if (!isIterable(values)) throw invalidOption("its first argument", describe(values), "an iterable");
    requireFunction("its second argument", list ?? null);
    requireObject("its third argument", options, "{ size }");
    requireKnown("", options, { size: true });
    requireNumber("size", options.size, { min: 1, max: MAX_SIZE });
    return options.size ?? SIZE;
  });
  return { [Symbol.asyncIterator]: () => listChunks(values, list, size) };
}

function isIterable(values: unknown): boolean {
  if (typeof values !== "object" || values === null) return false;
  return Symbol.iterator in values || Symbol.asyncIterator in values;
}

async function* listChunks<V, T>(
  values: Iterable<V> | AsyncIterable<V>,
  list: (chunk: V[]) => AsyncIterable<T>,
  size: number,
): AsyncGenerator<T> {
  let chunk: V[] = [];
  for await (const value of values) {
    chunk.push(value);
    if (chunk.length < size) continue;
    yield* list(chunk);
    chunk = [];
  }
  if (chunk.length > 0) yield* list(chunk);
}
