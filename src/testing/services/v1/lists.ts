import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ListDetailsSchema } from "../../../../gen/zitadel/object_pb.js";
import type { Store } from "../../state/model/store.ts";
import { type PageRequest, toPage } from "../lists.ts";
import { listDetailsV1 } from "../views-v1.ts";

/** A condition of a search: each of v1 is a message with one of several cases. */
interface Query {
  readonly query: { readonly case: string | undefined; readonly value?: unknown };
}

/** What each case of a condition means for an item of the list. */
export type Matchers<T, Q extends Query> = {
  readonly [Case in Exclude<Q["query"]["case"], undefined>]: (
    item: T,
    value: Extract<Q["query"], { readonly case: Case }>["value"],
  ) => boolean;
};

/** Whether an item fulfils all conditions. */
export function fulfills<T, Q extends Query>(
  item: T,
  queries: readonly Q[],
  matchers: Matchers<T, Q>,
): boolean {
  // Which matcher goes with which value is checked where the matchers are made.
  const all = matchers as Readonly<Record<string, (item: T, value: unknown) => boolean>>;
  return queries.every(
    ({ query }) => query.case === undefined || (all[query.case]?.(item, query.value) ?? true),
  );
}

/** How a list of v1 is answered. */
interface ListOptions<T, View> {
  /** By what the items are ordered. Default: by nothing, in the order in which they were made. */
  readonly sortKey?: ((item: T) => string | number) | undefined;
  readonly view: (item: T) => View;
}

/** Answers a list: the part that the request wants, and what there is of the whole. */
export function listV1<T, View>(
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
  return { details: listDetailsV1(store, page), result: page.items.map(([, item]) => view(item)) };
}

const UNSORTED: PageRequest = { offset: 0n, limit: 0, asc: true };
