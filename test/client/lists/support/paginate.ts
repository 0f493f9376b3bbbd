import type { ListCursor } from "../../../../src/client/lists/list-options.ts";
import {
  OffsetPaginator,
  type PageQuery,
  type PageResult,
  PagingAborted,
} from "../../../../src/client/lists/offset-paginator.ts";

/** The outcome of an iteration. */
export interface Paginated {
  readonly yielded: readonly string[];
  /** How many pages contained something new, and how many were read in total. */
  readonly fruitful: number;
  readonly pages: number;
  /** Why it failed. */
  readonly aborted: string | undefined;
  /** The position after what was yielded. */
  readonly cursor: ListCursor;
}

interface Played {
  readonly size: number;
  /** Where the list begins; default 0. */
  readonly start?: number;
  /** Where to resume. */
  readonly cursor?: ListCursor | undefined;
  respond(query: PageQuery): PageResult;
  /** Called with the new items of a page before the next is read. May leave the iteration by its result. */
  onItems?(ids: readonly string[]): "leave" | undefined;
  /** More pages than this count as endless. */
  readonly maxPages: number;
}

/** Iterates over the list of a server that the test implements. */
export function paginate({ size, start = 0, cursor, respond, onItems, maxPages }: Played): Paginated {
  const paginator = new OffsetPaginator(start, size, cursor);
  const yielded: string[] = [];
  let fruitful = 0;
  let pages = 0;
  const end = (aborted?: string): Paginated => {
    return {
      yielded,
      fruitful,
      pages,
      aborted,
      get cursor() {
        const { position, anchors } = paginator.place;
        const place = { pages, yielded: yielded.length, position: String(position), anchors };
        return JSON.parse(JSON.stringify(place));
      },
    };
  };
  for (let query = paginator.next; query !== undefined; query = paginator.next) {
    if (++pages > maxPages) throw new Error(`endless: ${pages} pages for ${yielded.length} items`);
    const page = respond(checkQuery(query));
    let fresh: readonly number[];
    try {
      fresh = paginator.take(page) ?? [];
    } catch (error) {
      if (error instanceof PagingAborted) return end(error.message);
      throw error;
    }
    const ids = fresh.map((index) => page.ids[index] ?? "");
    yielded.push(...ids);
    if (ids.length > 0) fruitful++;
    if (paginator.next !== undefined && onItems?.(ids) === "leave") return end();
  }
  return end();
}

function checkQuery(query: PageQuery): PageQuery {
  if (query.offset >= 0 && query.limit > 0) return query;
  throw new Error(`invalid query: ${JSON.stringify(query)}`);
}
