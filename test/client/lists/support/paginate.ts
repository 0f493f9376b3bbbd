import type { ListCursor } from "../../../../src/client/lists/list-options.ts";
import {
  OffsetPaginator,
  type PageQuery,
  type PageResult,
  PagingAborted,
} from "../../../../src/client/lists/offset-paginator.ts";

/** How reading a list went. */
export interface Paginated {
  readonly yielded: readonly string[];
  /** How many pages had something new, and how many were read in all. */
  readonly fruitful: number;
  readonly pages: number;
  /** Why it did not end. */
  readonly aborted: string | undefined;
  /** The place behind what was yielded. */
  readonly cursor: ListCursor;
}

interface Played {
  readonly size: number;
  /** Where the list begins; default 0. */
  readonly start?: number;
  /** Where to resume. */
  readonly cursor?: ListCursor | undefined;
  answer(query: PageQuery): PageResult;
  /** Called with what a page had that is new, before the next is read. May leave the list with that. */
  onItems?(ids: readonly string[]): "leave" | undefined;
  /** More pages than this are endless. */
  readonly maxPages: number;
}

/** Reads a list from a server that a test plays. */
export function paginate({ size, start = 0, cursor, answer, onItems, maxPages }: Played): Paginated {
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
    const page = answer(query);
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
