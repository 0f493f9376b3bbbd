import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ListDetailsSchema } from "../../../../gen/zitadel/object_pb.js";
import type { Store } from "../../state/model/store.ts";
import { type PageRequest, toPage } from "../lists.ts";
import { toListDetailsV1 } from "../views-v1.ts";

/** A search query of v1: a message with a oneof. */
interface Query {
  readonly query: { readonly case: string | undefined; readonly value?: unknown };
}

/** For each case of a query, decides whether an item matches. */
export type Matchers<T, Q extends Query> = {
  readonly [Case in Exclude<Q["query"]["case"], undefined>]: (
    item: T,
    value: Extract<Q["query"], { readonly case: Case }>["value"],
  ) => boolean;
};

/** Whether an item matches all queries. */
export function matchesQueries<T, Q extends Query>(
  item: T,
  queries: readonly Q[],
  matchers: Matchers<T, Q>,
): boolean {
  // The type of `matchers` ensures that each one accepts the value of its case.
  const all = matchers as Readonly<Record<string, (item: T, value: unknown) => boolean>>;
  return queries.every(
    ({ query }) => query.case === undefined || (all[query.case]?.(item, query.value) ?? true),
  );
}

/** How to sort and show a list. */
interface ListOptions<T, View> {
  /** The sort key of an item. Default: the order in which the items were created. */
  readonly sortKey?: ((item: T) => string | number) | undefined;
  readonly view: (item: T) => View;
}

/** Creates the response with a page of a list, and the total number of items. */
export function toListResponse<T, View>(
  store: Store,
  request: { readonly query?: PageRequest | undefined },
  found: readonly T[],
  { sortKey, view }: ListOptions<T, View>,
): { details: MessageInitShape<typeof ListDetailsSchema>; result: View[] } {
  const query = request.query && { ...request.query, asc: sortKey === undefined || request.query.asc };
  const page =
    sortKey === undefined
      ? toPage([...found.entries()], query ?? UNSORTED, ([index]) => index)
      : toPage([...found.entries()], query, ([, item]) => sortKey(item));
  return { details: toListDetailsV1(store, page), result: page.items.map(([, item]) => view(item)) };
}

const UNSORTED: PageRequest = { offset: 0n, limit: 0, asc: true };
