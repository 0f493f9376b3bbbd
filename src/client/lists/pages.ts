import { Code } from "@connectrpc/connect";
import { methodName } from "../../descriptor/method-name.ts";
import { ZitadelError } from "../../errors/zitadel-error.ts";
import { eventsRequest } from "./event-request.ts";
import { eventSteps } from "./event-walk.ts";
import { ListError, listFailure } from "./list-error.ts";
import type { ListCursor, ListOptions, ListPage } from "./list-options.ts";
import { listShape } from "./list-shape.ts";
import { OffsetWalk } from "./offset-walk.ts";
import { type ListRpc, PageReader } from "./page-reader.ts";
import { pageRequest, pageSizeOf } from "./page-request.ts";
import { sequenceSteps } from "./sequence-walk.ts";
import { freshOf, type Step } from "./walk.ts";

/** A page whose items can be told apart. */
export interface IdentifiedPage extends ListPage<unknown, object> {
  /** The identities of `items`. */
  readonly ids: readonly string[];
  /** The place before this page. */
  readonly start: ListCursor;
}

/** What to iterate. */
export interface Listing {
  readonly rpc: ListRpc;
  readonly request: object | undefined;
  readonly options: ListOptions;
}

/** The pages of a list, each read when it is asked for. */
export async function* listPages(listing: Listing): AsyncGenerator<IdentifiedPage, undefined> {
  const { rpc, options } = listing;
  const byTime = listShape(rpc.method).paging?.by === "time";
  const request = (byTime ? eventsRequest : pageRequest)(rpc.method, listing.request);
  const { resumeFrom, pageSize, ...callOptions } = options;
  const reader = new PageReader(rpc, request, pageSizeOf(request, pageSize), callOptions);
  let start = resumeFrom ?? { pages: 0, yielded: 0, position: String(request.start), anchors: [] };
  try {
    for await (const step of stepsOf(reader, methodName(rpc.method), resumeFrom)) {
      const page = identifiedPage(step, start);
      start = page.cursor;
      yield page;
    }
  } catch (error) {
    throw error instanceof ZitadelError ? new ListError({ reason: error, cursor: start }) : error;
  }
}

/** The items of pages, one by one, until the signal aborts. */
export async function* listItems(
  pages: AsyncIterable<IdentifiedPage>,
  { rpc, options: { signal } }: Listing,
): AsyncGenerator<unknown, undefined> {
  for await (const page of pages) {
    for (const [index, item] of page.items.entries()) {
      if (signal?.aborted) {
        const reason = listFailure(methodName(rpc.method), Code.Canceled, "the iteration was aborted");
        throw new ListError({ reason, cursor: cursorWithin(page, index) });
      }
      yield item;
    }
  }
}

function stepsOf(reader: PageReader, method: string, cursor: ListCursor | undefined): AsyncIterable<Step> {
  switch (reader.shape.paging?.by) {
    case "offset":
      return new OffsetWalk(reader, method, cursor).steps();
    case "time":
      return eventSteps(reader, method, cursor);
    case "sequence":
      return sequenceSteps(reader, method, cursor);
    default:
      return onePage(reader, cursor);
  }
}

/** The answer is the whole list. */
async function* onePage(reader: PageReader, cursor: ListCursor | undefined): AsyncGenerator<Step> {
  const page = await reader.read(0n);
  yield { page, fresh: freshOf(page, cursor?.anchors ?? []), position: 0n, anchors: page.ids };
}

function identifiedPage({ page, fresh, position, anchors }: Step, start: ListCursor): IdentifiedPage {
  const number = start.pages + 1;
  const yielded = start.yielded + fresh.length;
  return {
    items: fresh.map((index) => page.items[index]),
    ids: fresh.map((index) => page.ids[index] ?? ""),
    response: page.response,
    number,
    start,
    cursor: { pages: number, yielded, position: String(position), anchors },
  };
}

/** The place behind some items of a page: before the page, with those items known. */
function cursorWithin({ ids, start }: IdentifiedPage, count: number): ListCursor {
  const yielded = start.yielded + count;
  return { ...start, yielded, anchors: [...start.anchors, ...ids.slice(0, count)] };
}
