import { Code } from "@connectrpc/connect";
import { methodName } from "../../descriptor/method-name.ts";
import { ZitadelError } from "../../errors/zitadel-error.ts";
import { invalidOption } from "../../shared/invalid-option.ts";
import { eventSteps } from "./event-pages.ts";
import { ListError, listFailure } from "./list-error.ts";
import type { ListCursor, ListPage } from "./list-options.ts";
import { OffsetPaginator, PagingAborted } from "./offset-paginator.ts";
import { findUnknown, type Listing, PageReader, type Step } from "./page-reader.ts";
import { sequenceSteps } from "./sequence-pages.ts";
import { tokenSteps } from "./token-pages.ts";

// The code that only iterations need. A program that does not iterate does not load it.

/** A page with the identities of its items. */
interface IdentifiedPage extends ListPage<unknown, object> {
  /** The identities of `items`. */
  readonly ids: readonly string[];
  /** The position before this page. */
  readonly start: ListCursor;
}

/** The pages of a list; the next one is read while the caller processes this one. */
export function iteratePages(listing: Listing): AsyncGenerator<IdentifiedPage, undefined> {
  return readAhead(listPages(listing));
}

/** The items of a list, also reading one page ahead. */
export function iterateItems(listing: Listing): AsyncGenerator<unknown, undefined> {
  return toItems(iteratePages(listing), listing);
}

/** The items of a list, for a caller that only collects them: does not read ahead. */
export function collectItems(listing: Listing): AsyncGenerator<unknown, undefined> {
  return toItems(listPages(listing), listing);
}

/** Counts the items of a list. */
export async function countItems(listing: Listing): Promise<number> {
  const reader = new PageReader(listing);
  if (reader.shape.paging?.by === "offset" && reader.shape.total.length > 0) {
    const { total, items } = await reader.read("0", 1);
    // The total of ListSessions may be the number of items in the response.
    if (items.length === 0 || total > items.length) return total;
  }
  let count = 0;
  const options = { ...listing.options, resumeFrom: undefined };
  for await (const page of listPages({ ...listing, options })) {
    count += page.items.length;
  }
  return count;
}

/** The pages of a list, each read on demand. */
async function* listPages(listing: Listing): AsyncGenerator<IdentifiedPage, undefined> {
  const { resumeFrom } = listing.options;
  const method = methodName(listing.rpc.method);
  const reader = new PageReader(listing);
  checkPosition(resumeFrom, reader);
  let start = resumeFrom ?? { pages: 0, yielded: 0, position: reader.request.start, anchors: [] };
  try {
    for await (const step of readSteps(reader, { method, cursor: resumeFrom })) {
      const page = identifiedPage(step, start);
      start = page.cursor;
      yield page;
    }
  } catch (error) {
    const reason = error instanceof PagingAborted ? listFailure(method, Code.Aborted, error) : error;
    throw reason instanceof ZitadelError ? new ListError({ reason, cursor: start }) : reason;
  }
}

/** Fails for the cursor of a list that is paged in another way. */
function checkPosition(cursor: ListCursor | undefined, { shape }: PageReader): void {
  if (cursor === undefined || shape.paging?.by === "token" || /^\d{1,20}$/.test(cursor.position)) return;
  throw invalidOption("resumeFrom", "the cursor of a list that is paged by token", "one of this list");
}

/** The items of pages, one by one, until the signal aborts. */
async function* toItems(
  pages: AsyncIterable<IdentifiedPage>,
  { rpc, options: { signal } }: Listing,
): AsyncGenerator<unknown, undefined> {
  for await (const page of pages) {
    for (const [index, item] of page.items.entries()) {
      if (signal?.aborted) {
        const reason = listFailure(methodName(rpc.method), Code.Canceled, {
          message: "the iteration was aborted",
        });
        throw new ListError({ reason, cursor: cursorWithin(page, index) });
      }
      yield item;
    }
  }
}

/** Yields what `source` yields, and starts the next step while the caller processes the current value. */
async function* readAhead<T>(source: AsyncGenerator<T, undefined>): AsyncGenerator<T, undefined> {
  let next = source.next();
  for (;;) {
    const { done, value } = await next;
    if (done) return;
    next = source.next();
    // An error is only reported if the caller gets that far.
    next.catch(() => {});
    yield value;
  }
}

function readSteps(
  reader: PageReader,
  at: { readonly method: string; readonly cursor: ListCursor | undefined },
): AsyncIterable<Step> {
  switch (reader.shape.paging?.by) {
    case "offset":
      return offsetSteps(reader, at.cursor);
    case "time":
      return eventSteps(reader, at);
    case "sequence":
      return sequenceSteps(reader, at);
    case "token":
      return tokenSteps(reader, at.cursor);
    default:
      return onePage(reader, at.cursor);
  }
}

async function* offsetSteps(
  reader: PageReader,
  cursor: ListCursor | undefined,
): AsyncGenerator<Step, undefined> {
  const paginator = new OffsetPaginator(Number(reader.request.start), reader.nextLimit, cursor);
  for (let query = paginator.next; query !== undefined; query = paginator.next) {
    const page = await reader.read(String(query.offset), query.limit);
    const fresh = paginator.take(page);
    const { position, anchors } = paginator.place;
    if (fresh !== undefined) yield { page, fresh, position: String(position), anchors };
  }
}

/** The response is the whole list. */
async function* onePage(reader: PageReader, cursor: ListCursor | undefined): AsyncGenerator<Step, undefined> {
  const page = await reader.read("0", reader.nextLimit);
  yield { page, fresh: findUnknown(page, cursor), position: "0", anchors: page.ids };
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
    cursor: { pages: number, yielded, position, anchors },
  };
}

/** The position after some items of a page: the start of the page, with those items known. */
function cursorWithin({ ids, start }: IdentifiedPage, count: number): ListCursor {
  const yielded = start.yielded + count;
  return { ...start, yielded, anchors: [...start.anchors, ...ids.slice(0, count)] };
}
