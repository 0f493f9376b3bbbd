import type { ListCursor } from "./list-options.ts";
import { Seen } from "./seen.ts";

/** What to read next. */
export interface PageQuery {
  readonly offset: number;
  readonly limit: number;
}

/** A page, as far as paging depends on it. */
export interface PageResult {
  /** The identities of its items, in order. */
  readonly ids: readonly string[];
  /** The server's total number of items; 0 if it has none. */
  readonly total: number;
  /** How many items were requested in the end: fewer than in the query if the server rejected or limited that. */
  readonly limit: number;
  /** How many to request from now on. Default: as many as before, or `limit` if that is fewer. */
  readonly nextLimit?: number;
}

/** Reading the list cannot continue. */
export class PagingAborted extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "PagingAborted";
  override readonly name = "PagingAborted";
  /** What to do about it. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** How many identities are kept to find a position again. */
const MAX_ANCHORS = 100;
/** How many pages in a row may have nothing new, in addition to the number of known items. */
const MAX_IDLE = 1_000;
/** The maximum number of times that a list is read. */
const MAX_ROUNDS = 3;
/**
 * No list has this many items. A larger total is ignored, and reading at this offset detects servers that ignore offsets.
 */
const FAR = 2 ** 31 - 1;

type PageLink = "start" | "overlap" | "counted";

/**
 * What to read, and why: for the list itself, to see whether the rest of a page is hidden, or whether the server honors
 * offsets.
 */
interface Query extends PageQuery {
  readonly purpose: "list" | "look" | "probe";
}

type Page = PageResult & Query;

/** What has been noticed in a round: the list has changed, or it has changed in a way that means that items have moved. */
type Change = "changed" | "moved" | undefined;

/**
 * Reads a list that is paged by offset, while items are created, deleted and moved: decides what to read next (`next`), and
 * which items of a page are new (`take()`). It sends nothing and remembers ids only, so that a test can play the server.
 *
 * **How it works.** A page is _linked_ to the previous ones, or none of it is used:
 *
 * - `start`: it was read at the start of the list
 * - `overlap`: it has an item that was taken before. Each page starts at the last item of the previous one
 * - `counted`: no page could overlap, as the server leaves out what the caller may not see (`hidden`), or returns single
 *   items. But it starts early enough: no later than what has been read, minus what the total has shrunk by
 *
 * If a page is not linked, the list has shifted: reading goes back, by as much as the total has shrunk, then twice as
 * far each time, but in steps that cannot pass over what is known, up to the very first item. A list ends with a linked
 * page that is short, unless its total is larger. Then a request for the last position that the page should have
 * covered, with a limit of 1, shows whether the rest is hidden (nothing there, or a known item), or whether the server
 * returns less than requested. Without a total, a list ends with a page that has only its first, known item; if the
 * server returns items one by one, there must be nothing after that.
 *
 * **Invariants.**
 *
 * 1. Nothing is yielded twice: what is taken is known, and only what is not known is new.
 * 2. As long as items keep their order: whatever was visible all along, and comes before any known item, is known itself.
 *    Each link preserves this: what comes before an overlapping item was known, what comes after it is on the page. So a
 *    linked last page leaves nothing out. This needs no correct total, and no total at all.
 * 3. Items that move break that order. So if a round has noticed a change, the items must add up: as many must be known as
 *    the total says, even if all removed ones had been known. Otherwise the list is read again from the start, where only
 *    the previous page links a page. Reading ends after a round without changes, or without new items, or after
 *    `MAX_ROUNDS`; unless items were seen to move and are still missing: then it fails.
 * 4. It ends. Each page has something new, or is one of at most `MAX_IDLE` plus the number of known items in a row;
 *    otherwise it fails. If the server returns the same page at two offsets, an offset that no list has is requested: if
 *    there are items, the server ignores offsets, and reading ends.
 *
 * None of this depends on the size of a page, so sizes may change from page to page (`nextLimit`).
 *
 * The memory of known items is bounded (`Seen`). Once something is forgotten, or if reading did not start at the start of
 * the list, only items after an overlapping one are taken, and nothing is read again: invariant 3 is given up.
 *
 * **What it cannot detect.** At a `counted` link: as many items created as deleted between two pages. Of items that move:
 * those that move between the same two pages as others are created and others deleted, and those in lists whose total
 * includes hidden items, or is wrong. Detecting these would require reading each position separately; the same goes for
 * items left out by a server that both hides items and returns fewer than requested.
 */
export class OffsetPaginator {
  readonly #start: number;
  readonly #known: Seen;
  #next: Query | undefined;
  #size: number;
  #capped = false;
  /** The last linked page, and its total, or that of the previous one if it has none. */
  #last: Page | undefined;
  #total = 0;
  /** The last total of any page, and by how much totals have shrunk altogether. */
  #lastTotal = 0;
  #removed = 0;
  /**
   * Whether the server leaves out what the caller may not see: offsets and limits count hidden items, pages do not have
   * them.
   */
  #hidden = false;
  /** Whether the server returns fewer items than requested. */
  #cutsShort = false;
  /** Whether a page before the end was short: the total may include hidden items. */
  #sparse = false;
  /** Whether the server has been shown to honor offsets. */
  #honorsOffsets = false;
  /** Whether a page had more than one item, so that the server does not return them one by one. */
  #hasMultiple = false;
  /** The offset of an empty page. */
  #emptyAt = Number.POSITIVE_INFINITY;
  /** How many pages in a row were not linked, and how many had nothing new. */
  #losses = 0;
  #idle = 0;
  #round = 1;
  #change: Change = undefined;
  /** How many new items this round has found. */
  #gained = 0;
  #position: number;
  #anchors: readonly string[];

  constructor(start: number, size: number, cursor?: ListCursor) {
    this.#start = start;
    this.#size = size;
    this.#position = cursor === undefined ? start : Number(cursor.position);
    this.#anchors = cursor?.anchors ?? [];
    this.#known = new Seen(start === 0 && (cursor?.yielded ?? 0) === 0);
    for (const id of this.#anchors) this.#known.add(id);
    this.#next = { offset: this.#position, limit: size, purpose: "list" };
  }

  /** What to read next; undefined at the end. */
  get next(): PageQuery | undefined {
    return this.#next;
  }

  /** Where to resume after what was taken, and the identities of the items before that position. */
  get place(): { readonly position: number; readonly anchors: readonly string[] } {
    return { position: this.#position, anchors: this.#anchors };
  }

  /**
   * Takes the page that was read for `next`. Returns the indexes of its new items; undefined if the page is not linked.
   * Throws `PagingAborted`.
   */
  take(result: PageResult): readonly number[] | undefined {
    if (this.#next === undefined) throw new Error("reading the list is over");
    const { offset, purpose } = this.#next;
    const page = { ...result, offset, purpose, total: result.total < FAR ? result.total : 0 };
    this.#resize(page, this.#next);
    this.#note(page);
    const before = this.#last;
    const link = page.purpose === "list" ? this.#findLink(page) : undefined;
    const fresh = link === undefined ? undefined : this.#append(page, link);
    this.#next =
      fresh === undefined ? this.#recover(page) : this.#continueAfter(page, fresh.length === 0, before);
    this.#idle = fresh !== undefined && fresh.length > 0 ? 0 : this.#idle + 1;
    if (this.#idle > MAX_IDLE + this.#known.size) {
      throw new PagingAborted(
        "too many pages in a row had nothing new",
        "Ask for larger pages (pageSize), or for less of the list.",
      );
    }
    return fresh;
  }

  /** Pages of any size can be linked, so sizes may change from page to page. */
  #resize({ purpose, limit, nextLimit }: Page, asked: Query): void {
    if (limit < asked.limit) [this.#size, this.#capped] = [limit, true];
    else if (purpose === "list" && nextLimit !== undefined) this.#size = nextLimit;
  }

  #note({ offset, ids, total }: Page): void {
    // Zitadel has no total if there are no rows: these rows exist, but are left out.
    if (ids.length === 0 && total > offset) this.#hidden = true;
    if (ids.length === 0) this.#emptyAt = offset;
    if (ids.length > 1) this.#hasMultiple = true;
    // Without totals, it is unknown how many items were removed.
    this.#removed += total > 0 ? Math.max(0, this.#lastTotal - total) : Number.POSITIVE_INFINITY;
    this.#lastTotal = total;
  }

  #findLink({ offset, ids, total }: Page): PageLink | undefined {
    const last = this.#last;
    const first = this.#anchors.length === 0;
    if (offset === this.#start && (first || this.#known.complete)) return "start";
    // When the list is read again, all items are known, but maybe not in this order.
    const isSeen = (id: string) => (this.#round > 1 ? last?.ids.includes(id) : this.#known.has(id));
    if (ids.some(isSeen)) return "overlap";
    if (last === undefined || total === 0 || !(this.#hidden || last.ids.length < 2)) return undefined;
    const shrunk = Math.max(0, this.#total - total);
    return offset <= this.#reach - shrunk && (shrunk === 0 || this.#known.complete) ? "counted" : undefined;
  }

  /** The offset of the first item that has not been read yet. */
  get #reach(): number {
    const { offset, limit, ids } = this.#last ?? { offset: this.#start, limit: 0, ids: [] };
    return offset + (this.#hidden ? Math.max(limit, ids.length) : ids.length);
  }

  /** Adds a linked page to what is known. Returns the indexes of its new items. */
  #append(page: Page, link: PageLink): readonly number[] {
    const fresh = this.#findNew(page, link);
    this.#judge(page, link);
    this.#last = page;
    this.#losses = 0;
    this.#gained += fresh.length;
    this.#sparse ||= !this.#isExact(page);
    for (const index of fresh) this.#known.add(page.ids[index] ?? "");
    this.#advance(page, fresh);
    return fresh;
  }

  #findNew({ ids }: Page, link: PageLink): readonly number[] {
    // If some of what was yielded has been forgotten, items before the first known one are assumed to be old.
    const old = this.#known.complete || link !== "overlap" ? 0 : ids.findIndex((id) => this.#known.has(id));
    const fresh: number[] = [];
    for (const [index, id] of ids.entries()) if (index >= old && !this.#known.has(id)) fresh.push(index);
    return fresh;
  }

  /** Moves the position forward, unless the page is before it. */
  #advance({ offset, ids }: Page, fresh: readonly number[]): void {
    const endsNew = fresh.at(-1) === ids.length - 1;
    if (ids.includes(this.#frontier) || (this.#round === 1 && endsNew)) {
      this.#position = offset + ids.length - 1;
      this.#anchors = [...this.#anchors.filter((id) => !ids.includes(id)), ...ids].slice(-MAX_ANCHORS);
    } else {
      const found = fresh.map((index) => ids[index] ?? "");
      this.#anchors = [...found, ...this.#anchors].slice(-MAX_ANCHORS);
    }
  }

  /** The last item before the position. */
  get #frontier(): string {
    return this.#anchors.at(-1) ?? "";
  }

  /** Notices whether the list has changed since the last page, and whether items have moved. */
  #judge(page: Page, link: PageLink): void {
    const growth = page.total > 0 && this.#total > 0 ? page.total - this.#total : 0;
    if (page.total > 0) this.#total = page.total;
    if (growth !== 0) this.#change ??= "changed";
    if (link !== "overlap") return;
    if (this.#isCrossed(page)) this.#change = "moved";
    const { last, shift } = this.#measureShift(page);
    if (!last) return;
    if (shift !== growth) this.#change = "moved";
  }

  /** Whether a known item comes after the one that was last. */
  #isCrossed({ ids }: Page): boolean {
    const frontier = ids.indexOf(this.#frontier);
    return frontier >= 0 && ids.some((id, index) => index > frontier && this.#known.has(id));
  }

  /**
   * How far the items of the last page have shifted, and whether that can be determined; undefined if none is on this page.
   */
  #measureShift(page: Page): { readonly last: boolean; readonly shift: number | undefined } {
    const last = this.#last;
    // After a cursor, the earlier offsets of its anchors are unknown.
    if (last === undefined || !this.#isExact(last)) return { last: false, shift: undefined };
    const places = new Map(last.ids.map((id, index) => [id, last.offset + index]));
    const index = page.ids.findLastIndex((id) => places.has(id));
    const place = places.get(page.ids[index] ?? "");
    return { last: true, shift: place === undefined ? undefined : page.offset + index - place };
  }

  /** Whether the offsets of a page's items are known exactly: nothing is hidden between them. */
  #isExact({ offset, ids, limit, total }: Page): boolean {
    return ids.length >= limit || total <= offset + ids.length;
  }

  /** What to read after a linked page. */
  #continueAfter(page: Page, idle: boolean, before: Page | undefined): Query | undefined {
    const { offset, ids, limit, total } = page;
    // Pages of one item have no room for an overlap.
    if (this.#size === 1 && !this.#capped) this.#size = 2;
    if (offset === 0 && ids.length === 0 && total === 0) return undefined;
    if (this.#isLast(page, idle) || (this.#round > 1 && this.#isComplete())) return this.#end();
    if (idle && !this.#honorsOffsets && before !== undefined && isSame(before, page)) {
      return { offset: FAR, limit: 1, purpose: "probe" };
    }
    const short = ids.length > 0 && ids.length < limit && total > offset + ids.length;
    if (short && !this.#hidden && !this.#cutsShort) {
      return { offset: Math.min(offset + limit, total) - 1, limit: 1, purpose: "look" };
    }
    return this.#nextAfter(page);
  }

  #isLast({ offset, ids, limit, total }: Page, idle: boolean): boolean {
    const end = offset + ids.length;
    // It only has the known item that it starts with.
    const isAlone = ids.length === 1 && idle;
    if (total === 0)
      return ids.length === 0 || (isAlone && ((this.#hasMultiple && limit > 1) || this.#emptyAt === end));
    if (this.#hidden) return total <= offset + Math.max(limit, ids.length);
    if (ids.length < limit) return total <= end;
    // A total equal to the length of the first page may only be that length.
    return (total === end && offset > 0) || (isAlone && total <= end && this.#emptyAt === end);
  }

  #read(offset: number): Query {
    // Known items may have moved before the start, but nothing new is taken there.
    const least = this.#anchors.length === 0 ? this.#start : 0;
    return { offset: Math.max(least, offset), limit: this.#size, purpose: "list" };
  }

  /** The next page after this one, with an overlap of one item if there are enough. */
  #nextAfter({ offset, ids, limit }: Page): Query {
    return this.#read(
      offset + Math.max(limit === 1 && this.#size > 1 ? 0 : 1, ids.length - 1, this.#hidden ? limit >> 1 : 0),
    );
  }

  /** What to read after a page that was not linked. */
  #recover(page: Page): Query | undefined {
    const last = this.#last;
    if (page.purpose === "list" || last === undefined) return this.#search(page);
    return page.purpose === "look" ? this.#afterLook(page, last) : this.#afterProbe(page, last);
  }

  /** The list has shifted, so the search for the position continues closer to the start. */
  #search({ offset, ids, total }: Page): Query {
    if (offset === 0)
      throw new PagingAborted(
        "the list changed so much while it was read that the position in it is lost",
        READ_AGAIN,
      );
    const shrunk = total > 0 ? Math.max(0, this.#total - total) : 0;
    const likely = this.#reach - (this.#hidden ? 0 : 1) - shrunk;
    // After a cursor, so few items are known that larger steps would pass over them.
    const most = this.#known.complete ? offset : Math.max(ids.length || this.#size, this.#known.size >> 1);
    const back = Math.min(most, Math.max(1, this.#size >> 1) * 2 ** this.#losses);
    this.#losses += 1;
    return this.#read(shrunk > 0 && likely < offset ? likely : offset - back);
  }

  /** What to read once it is known whether there is an item at the last position that the page should have covered. */
  #afterLook({ offset, ids: [id] }: Page, last: Page): Query | undefined {
    // It is the last item of the page: everything between is hidden, and the next page may start here.
    if (id !== undefined && id === last.ids.at(-1)) return this.#read(offset);
    this.#cutsShort = !this.#hidden;
    return this.#isLast(last, false) ? this.#end() : this.#nextAfter(last);
  }

  #afterProbe({ ids }: Page, last: Page): Query | undefined {
    if (ids.length > 0) {
      // It returned more than requested, or all there is.
      if (last.ids.length > last.limit || (last.total > 0 && last.total <= this.#known.size))
        return undefined;
      throw new PagingAborted(
        "the server ignores the offset, so that only the first page can be read",
        "Ask for larger pages (pageSize).",
      );
    }
    this.#honorsOffsets = true;
    return this.#nextAfter(last);
  }

  /** Whether so many items are known that none can be missing, even if all removed ones had been known. */
  #isComplete(): boolean {
    return this.#known.size - this.#removed >= this.#total;
  }

  /** Ends the list, or reads it again. */
  #end(): Query | undefined {
    if (this.#change === undefined || !this.#known.complete || this.#isComplete()) return undefined;
    if (this.#round > 1 && (this.#gained === 0 || this.#round === MAX_ROUNDS)) {
      if (this.#change === "moved" && !this.#sparse && this.#total > this.#known.size) {
        throw new PagingAborted(
          "items move within the list while it is read, and some were not found",
          READ_AGAIN,
        );
      }
      return undefined;
    }
    this.#round += 1;
    this.#gained = 0;
    this.#change = undefined;
    return this.#read(this.#start);
  }
}

const READ_AGAIN =
  "Read the list again, sorted by something that does not change, or resume from error.cursor.";

function isSame(a: Page, b: Page): boolean {
  return (
    a.offset !== b.offset && a.ids.length === b.ids.length && a.ids.every((id, index) => id === b.ids[index])
  );
}
