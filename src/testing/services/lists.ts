import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { ListDetailsSchema } from "../../../gen/zitadel/object/v2/object_pb.js";
import { zitadelError } from "../errors.ts";
import type { Store } from "../state/model/store.ts";

/** Which part of a list a request wants; the messages of all generations look like this. */
export interface PageRequest {
  readonly offset: bigint;
  readonly limit: number;
  readonly asc: boolean;
}

/** A part of a list, and what the answer tells of the whole. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: bigint;
  readonly limit: number;
}

const WHOLE: PageRequest = { offset: 0n, limit: 0, asc: false };
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/**
 * How what has the same key is listed in descending order: in the order in which it was made, or in the opposite one. It is
 * as the plan of the server's database has it.
 */
type Ties = "kept" | "reversed";

/** The older lists: no limit means everything, and there is no maximum. */
export function pageOf<T>(
  all: Iterable<T>,
  request: PageRequest | undefined,
  sortKey: (item: T) => SortKey,
  ties: Ties = "reversed",
): Page<T> {
  const { offset, limit, asc } = request ?? WHOLE;
  const kept = asc || ties === "reversed";
  const sorted = [...all].sort((a, b) => compare(sortKey(a), sortKey(b)) * (kept ? 1 : -1));
  if (kept && !asc) sorted.reverse();
  const start = Number(offset);
  const items = sorted.slice(start, limit === 0 ? undefined : start + limit);
  // The server counts with the items, so that there is no number where there are none.
  return { items, total: BigInt(items.length === 0 ? 0 : sorted.length), limit };
}

/** What lists in the newer APIs are asked with. */
export interface ListRequest<Filter> {
  readonly pagination?: PageRequest | undefined;
  /** By its number: what it means is different from list to list. */
  readonly sortingColumn?: number | undefined;
  readonly filters: readonly Filter[];
}

/** By what a list is sorted, by the numbers of its sorting columns; 0, and what is not there, is the default. */
export type SortKeys<T> = readonly [SortKeyOf<T>, ...SortKeyOf<T>[]];

type SortKeyOf<T> = (item: T) => SortKey;

/** The page of a newer list that a request asks for. */
export function findPage<T>(
  found: Iterable<T>,
  { pagination, sortingColumn = 0 }: Omit<ListRequest<unknown>, "filters">,
  keys: SortKeys<T>,
): Page<T> {
  return limitedPageOf(found, pagination, keys[sortingColumn] ?? keys[0]);
}

/** The same of the lists of app.v2beta, which the server leaves without limits. */
export function findUnlimitedPage<T>(
  found: Iterable<T>,
  { pagination, sortingColumn = 0 }: Omit<ListRequest<unknown>, "filters">,
  keys: SortKeys<T>,
): Page<T> {
  return pageOf(found, pagination, keys[sortingColumn] ?? keys[0]);
}

/** The newer lists: a page holds 100 items unless asked otherwise, and at most 1000. */
export function limitedPageOf<T>(
  all: Iterable<T>,
  request: PageRequest | undefined,
  sortKey: (item: T) => SortKey,
  ties?: Ties,
): Page<T> {
  const { offset, limit, asc } = request ?? WHOLE;
  if (limit > MAX_LIMIT) throw zitadelError(Code.InvalidArgument, "QUERY-4M0fs", "Limit exceeded");
  return pageOf(all, { offset, asc, limit: limit === 0 ? DEFAULT_LIMIT : limit }, sortKey, ties);
}

/** What the answer tells of an older list. */
export function listDetails(
  store: Store,
  { total }: Pick<Page<unknown>, "total">,
): MessageInitShape<typeof ListDetailsSchema> {
  return { totalResult: total, timestamp: timestampFromMs(store.now()) };
}

/** What the answer tells of a newer list, in every version of the message. */
export function pagination({ total, limit }: Page<unknown>): { totalResult: bigint; appliedLimit: bigint } {
  return { totalResult: total, appliedLimit: BigInt(limit) };
}

/** What items are sorted by; undefined where an item has nothing of the kind, which is then the greatest. */
export type SortKey = string | number | undefined;

function compare(a: SortKey, b: SortKey): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a < b ? -1 : Number(a > b);
}
