import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { ListDetailsSchema } from "../../../gen/zitadel/object/v2/object_pb.js";
import { zitadelError } from "../errors.ts";
import type { Store } from "../state/model/store.ts";

/** The page that a request asks for. The messages of all API versions have these fields. */
export interface PageRequest {
  readonly offset: bigint;
  readonly limit: number;
  readonly asc: boolean;
}

/** A page of a list, and the total and limit for the response. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: bigint;
  readonly limit: number;
}

const WHOLE: PageRequest = { offset: 0n, limit: 0, asc: false };
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/**
 * The order of items with equal keys in descending lists: oldest or newest first. It depends on the query plan in the
 * server's database.
 */
type Ties = "kept" | "reversed";

/** Creates a page of an older list: it has all items by default, and there is no maximum. */
export function toPage<T>(
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
  // The server counts the items in the same query, so for a page without items the total is 0.
  return { items, total: BigInt(items.length === 0 ? 0 : sorted.length), limit };
}

/** The request of lists in the newer APIs. */
export interface ListRequest<Filter> {
  readonly pagination?: PageRequest | undefined;
  /** The number of the column, whose meaning differs between lists. */
  readonly sortingColumn?: number | undefined;
  readonly filters: readonly Filter[];
}

/** The sort keys of a list, by sorting column. The first one is the default, and also applies to unknown columns. */
export type SortKeys<T> = readonly [ToSortKey<T>, ...ToSortKey<T>[]];

type ToSortKey<T> = (item: T) => SortKey;

/** Finds the page of a newer list for a request. */
export function findPage<T>(
  found: Iterable<T>,
  { pagination, sortingColumn = 0 }: Omit<ListRequest<unknown>, "filters">,
  keys: SortKeys<T>,
): Page<T> {
  return toLimitedPage(found, pagination, keys[sortingColumn] ?? keys[0]);
}

/** The same for lists of app.v2beta, which are not limited on the server. */
export function findUnlimitedPage<T>(
  found: Iterable<T>,
  { pagination, sortingColumn = 0 }: Omit<ListRequest<unknown>, "filters">,
  keys: SortKeys<T>,
): Page<T> {
  return toPage(found, pagination, keys[sortingColumn] ?? keys[0]);
}

/** Creates a page of a newer list: it has 100 items by default, and at most 1000. */
export function toLimitedPage<T>(
  all: Iterable<T>,
  request: PageRequest | undefined,
  sortKey: (item: T) => SortKey,
  ties?: Ties,
): Page<T> {
  const { offset, limit, asc } = request ?? WHOLE;
  if (limit > MAX_LIMIT) throw zitadelError(Code.InvalidArgument, "QUERY-4M0fs", "Limit exceeded");
  return toPage(all, { offset, asc, limit: limit === 0 ? DEFAULT_LIMIT : limit }, sortKey, ties);
}

/** The list details in the response of an older list. */
export function toListDetails(
  store: Store,
  { total }: Pick<Page<unknown>, "total">,
): MessageInitShape<typeof ListDetailsSchema> {
  return { totalResult: total, timestamp: timestampFromMs(store.now()) };
}

/** The pagination in the response of a newer list. */
export function toPagination({ total, limit }: Page<unknown>): { totalResult: bigint; appliedLimit: bigint } {
  return { totalResult: total, appliedLimit: BigInt(limit) };
}

/** The sort key of an item. Undefined sorts last. */
export type SortKey = string | number | undefined;

function compare(a: SortKey, b: SortKey): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a < b ? -1 : Number(a > b);
}
