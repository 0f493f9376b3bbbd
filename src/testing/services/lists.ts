import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { ListDetailsSchema } from "../../../gen/zitadel/object/v2/object_pb.js";
import { zitadelError } from "../errors.ts";
import type { Store } from "../state/model/store.ts";

/** The part of a list that a request asks for; the messages of all generations look like this. */
export interface PageRequest {
  readonly offset: bigint;
  readonly limit: number;
  readonly asc: boolean;
}

/** A part of a list, and what the response says about the whole. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: bigint;
  readonly limit: number;
}

const WHOLE: PageRequest = { offset: 0n, limit: 0, asc: false };
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/**
 * The order of items with equal keys in descending lists: oldest or newest first. It depends on the query plan of the
 * server's database.
 */
type Ties = "kept" | "reversed";

/** The older lists: no limit means everything, and there is no maximum. */
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
  // The server counts together with the items, so that there is no number without items.
  return { items, total: BigInt(items.length === 0 ? 0 : sorted.length), limit };
}

/** The request of lists in the newer APIs. */
export interface ListRequest<Filter> {
  readonly pagination?: PageRequest | undefined;
  /** The number of the column: its meaning differs between lists. */
  readonly sortingColumn?: number | undefined;
  readonly filters: readonly Filter[];
}

/** The sort keys of a list, by the numbers of its sorting columns; 0 and unknown numbers are the default. */
export type SortKeys<T> = readonly [SortKeyOf<T>, ...SortKeyOf<T>[]];

type SortKeyOf<T> = (item: T) => SortKey;

/** The page of a newer list for a request. */
export function findPage<T>(
  found: Iterable<T>,
  { pagination, sortingColumn = 0 }: Omit<ListRequest<unknown>, "filters">,
  keys: SortKeys<T>,
): Page<T> {
  return toLimitedPage(found, pagination, keys[sortingColumn] ?? keys[0]);
}

/** The same for lists of app.v2beta, which have no limits on the server. */
export function findUnlimitedPage<T>(
  found: Iterable<T>,
  { pagination, sortingColumn = 0 }: Omit<ListRequest<unknown>, "filters">,
  keys: SortKeys<T>,
): Page<T> {
  return toPage(found, pagination, keys[sortingColumn] ?? keys[0]);
}

/** The newer lists: a page has 100 items by default, and at most 1000. */
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
export function listDetails(
  store: Store,
  { total }: Pick<Page<unknown>, "total">,
): MessageInitShape<typeof ListDetailsSchema> {
  return { totalResult: total, timestamp: timestampFromMs(store.now()) };
}

/** The pagination in the response of a newer list, in all versions of the message. */
export function pagination({ total, limit }: Page<unknown>): { totalResult: bigint; appliedLimit: bigint } {
  return { totalResult: total, appliedLimit: BigInt(limit) };
}

/** The sort key of an item; undefined if it has none, which sorts last. */
export type SortKey = string | number | undefined;

function compare(a: SortKey, b: SortKey): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a < b ? -1 : Number(a > b);
}
