import {
  OffsetWalk,
  type PageAnswer,
  type PageQuery,
  WalkAborted,
} from "../../../../src/client/lists/offset-walk.ts";

/** How a walk went. */
export interface Walked {
  readonly yielded: readonly string[];
  /** How many pages had something new, and how many were read in all. */
  readonly fruitful: number;
  readonly pages: number;
  /** Why it did not end. */
  readonly aborted: string | undefined;
}

interface Played {
  readonly size: number;
  answer(query: PageQuery): PageAnswer;
  /** Called with what a page had that is new, before the next is read. */
  onItems?(ids: readonly string[]): void;
  /** More pages than this are endless. */
  readonly maxPages: number;
}

/** Walks through what a server answers. */
export function walkThrough({ size, answer, onItems, maxPages }: Played): Walked {
  const walk = new OffsetWalk(0, size);
  const yielded: string[] = [];
  let fruitful = 0;
  let pages = 0;
  const end = (aborted?: string): Walked => ({ yielded, fruitful, pages, aborted });
  for (let query = walk.next; query !== undefined; query = walk.next) {
    if (++pages > maxPages) throw new Error(`endless: ${pages} pages for ${yielded.length} items`);
    const page = answer(query);
    let fresh: readonly number[];
    try {
      fresh = walk.take(page) ?? [];
    } catch (error) {
      if (error instanceof WalkAborted) return end(error.message);
      throw error;
    }
    const ids = fresh.map((index) => page.ids[index] ?? "");
    yielded.push(...ids);
    if (ids.length > 0) fruitful++;
    if (walk.next !== undefined) onItems?.(ids);
  }
  return end();
}
