import type { ListCursor } from "./list-options.ts";
import { Seen } from "./seen.ts";

/** What to read next. */
export interface PageQuery {
  readonly offset: number;
  readonly limit: number;
}

/** What a page says to a walk. */
export interface PageResult {
  /** The identities of its items, in their order. */
  readonly ids: readonly string[];
  /** How many items the server says the list has; 0 where it does not say. */
  readonly total: number;
  /** How many items were asked for in the end: fewer than the query says where the server refused that, or said so. */
  readonly limit: number;
  /** How many to ask for from here on. Default: as many as before, or as `limit` says where that is fewer. */
  readonly nextLimit?: number;
}

/** The walk cannot go on. */
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

/** So many identities find a place again. */
const MAX_ANCHORS = 100;
/** So many pages in a row, and as many more as items are known, may have nothing new. */
const MAX_IDLE = 1_000;
/** So often is a list read. */
const MAX_ROUNDS = 3;
/** No list has so many items. A total of more is taken for none, and what is read there tells who ignores offsets. */
const FAR = 2 ** 31 - 1;

type Joint = "start" | "seen" | "counted";

/** What is read, and what for: the list, whether the rest of a page is hidden, whether the server heeds offsets. */
interface Query extends PageQuery {
  readonly purpose: "list" | "look" | "probe";
}

type Page = PageResult & Query;

/** What a round saw of the list: it has changed; it has in a way that shows that items moved. */
type Doubt = "changed" | "moved" | undefined;

/**
 * Walks through a list that is paged by offset, while items come, go and move: decides what is read next (`next`), and
 * which items of what was read are new (`take()`). It sends nothing and remembers ids only, so that a test can play
 * the server.
 *
 * **How it works.** A page is _joined_ to those before, or nothing of it is taken:
 *
 * - `start`: it is read where the list begins
 * - `seen`: it has an item that was taken before. Each page begins with the last item of the one before
 * - `counted`: no page could show one, as the server leaves out what the caller may not see (`hidden`), or gives
 *   a single item. But it begins early enough: not behind what was read, less what is gone from the total
 *
 * Where a page is not joined, the list has shifted: the walk goes back, by as much as the total has shrunk, then
 * twice as far each time, up to the very first item. A list ends with a joined page that is short, unless its
 * total says more. Then a look at the last place that the page should have covered, with a limit of 1, tells whether
 * the rest is hidden (nothing there, or what is known), or whether the server gives less than it is asked for. Where no
 * total is told, a list ends with a page of which only the first item is there; where the server gives items one by one,
 * nothing may be behind that.
 *
 * **Invariants.**
 *
 * 1. Nothing is yielded twice: what is taken is known, and only what is not known is new.
 * 2. As long as items keep their order: whatever was visible all along, and stands before any known item, is known
 *    itself. Each joint keeps this: what is before a seen item was known, what is behind it is on the page. So a
 *    joined last page leaves nothing out. This needs no total that is true, and none at all.
 * 3. Items that move break that order. So when a round has seen the list change (`doubt`), it must be accounted for: as
 *    many items are known as the total says, even if all that are gone had been known. If not, the list is read
 *    once more from the start, where only the page before joins a page. It is over after a round without doubt, or
 *    that found nothing, or `MAX_ROUNDS`; unless items were seen to move and are still missing: then it fails.
 * 4. It ends. Each page has something new, or is one of at most `MAX_IDLE` and the number of known items in a row;
 *    then it fails. A server that gives the same page at two offsets is asked for one that no list has: if there is
 *    something, the walk is over.
 *
 * None of this asks how large a page is, so that sizes may change from page to page (`nextLimit`).
 *
 * What is known is bounded (`Seen`). Once something is forgotten, or where the walk does not begin with the list, only
 * what is behind a seen item is taken, and nothing is read again: invariant 3 is given up.
 *
 * **What it cannot see.** At a `counted` joint: as many entries created as deleted between two pages. Of items that move:
 * those that do between the same two pages as others are created and others deleted, and those in lists whose total counts
 * what is never seen, or is not true. Nothing short of reading each place by itself shows either, nor what is left out
 * by a server that hides items and gives fewer than it is asked for as well.
 */
export class OffsetPaginator {
  readonly #start: number;
  readonly #known: Seen;
  #next: Query | undefined;
  #size: number;
  #capped = false;
  /** The last page that was joined, and what its total was, or that of the one before if it has none. */
  #last: Page | undefined;
  #total = 0;
  /** The last total of any page, and by how much totals have shrunk. */
  #told = 0;
  #gone = 0;
  /** The server leaves out what the caller may not see: the windows that it looks at are full, pages are not. */
  #hidden = false;
  /** The server gives fewer items than it is asked for. */
  #cutsShort = false;
  /** There was a page that was short before the end: the total may count what is never seen. */
  #sparse = false;
  /** The server was seen to heed offsets. */
  #heeds = false;
  /** A page had more than one item: the server does not give them one by one. */
  #several = false;
  /** Where a page had nothing. */
  #emptyAt = Number.POSITIVE_INFINITY;
  /** So many pages in a row were not joined, and so many had nothing new. */
  #losses = 0;
  #idle = 0;
  #round = 1;
  #doubt: Doubt = undefined;
  /** How many items this round gained. */
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

  /** Where another walk goes on behind what was taken, and the identities of the items before that place. */
  get place(): { readonly position: number; readonly anchors: readonly string[] } {
    return { position: this.#position, anchors: this.#anchors };
  }

  /**
   * Takes the page that was read for `next`. Returns the indexes of what is new on it; undefined where it is not joined
   * to the list. Throws a `PagingAborted`.
   */
  take(answer: PageResult): readonly number[] | undefined {
    if (this.#next === undefined) throw new Error("the walk is over");
    const page = { ...this.#next, ...answer, total: answer.total < FAR ? answer.total : 0 };
    this.#resize(page, this.#next);
    this.#note(page);
    const before = this.#last;
    const joint = page.purpose === "list" ? this.#jointOf(page) : undefined;
    const fresh = joint === undefined ? undefined : this.#join(page, joint);
    this.#next = fresh === undefined ? this.#askAgain(page) : this.#goOn(page, fresh.length === 0, before);
    this.#idle = fresh !== undefined && fresh.length > 0 ? 0 : this.#idle + 1;
    if (this.#idle > MAX_IDLE + this.#known.size) {
      throw new PagingAborted(
        "too many pages in a row had nothing new",
        "Ask for larger pages (pageSize), or for less of the list.",
      );
    }
    return fresh;
  }

  /** Pages of any size join, so that sizes may change from page to page. */
  #resize({ purpose, limit, nextLimit }: Page, asked: Query): void {
    if (limit < asked.limit) [this.#size, this.#capped] = [limit, true];
    else if (purpose === "list" && nextLimit !== undefined) this.#size = nextLimit;
  }

  #note({ offset, ids, total }: Page): void {
    // Zitadel tells no total where there is no row: these rows are there, and left out.
    if (ids.length === 0 && total > offset) this.#hidden = true;
    if (ids.length === 0) this.#emptyAt = offset;
    if (ids.length > 1) this.#several = true;
    // Where no total is told, nobody knows what came and went.
    this.#gone += total > 0 ? Math.max(0, this.#told - total) : Number.POSITIVE_INFINITY;
    this.#told = total;
  }

  #jointOf({ offset, ids, total }: Page): Joint | undefined {
    const last = this.#last;
    const first = this.#anchors.length === 0;
    if (offset === this.#start && (first || this.#known.complete)) return "start";
    // When the list is read again, all is known, but not in this order.
    const isSeen = (id: string) => (this.#round > 1 ? last?.ids.includes(id) : this.#known.has(id));
    if (ids.some(isSeen)) return "seen";
    if (last === undefined || total === 0 || !(this.#hidden || last.ids.length < 2)) return undefined;
    const shrunk = Math.max(0, this.#total - total);
    return offset <= this.#reach - shrunk && (shrunk === 0 || this.#known.complete) ? "counted" : undefined;
  }

  /** Where that begins which was not read yet. */
  get #reach(): number {
    const { offset, limit, ids } = this.#last ?? { offset: this.#start, limit: 0, ids: [] };
    return offset + (this.#hidden ? Math.max(limit, ids.length) : ids.length);
  }

  /** Adds a page to what is known. Returns the indexes of what is new on it. */
  #join(page: Page, joint: Joint): readonly number[] {
    const fresh = this.#freshOf(page, joint);
    this.#judge(page, joint);
    this.#last = page;
    this.#losses = 0;
    this.#gained += fresh.length;
    this.#sparse ||= !this.#isExact(page);
    for (const index of fresh) this.#known.add(page.ids[index] ?? "");
    this.#advance(page, fresh);
    return fresh;
  }

  #freshOf({ ids }: Page, joint: Joint): readonly number[] {
    // Where not all is known that was yielded, what comes before the known items must be taken for old.
    const old = this.#known.complete || joint !== "seen" ? 0 : ids.findIndex((id) => this.#known.has(id));
    return ids.flatMap((id, index) => (index < old || this.#known.has(id) ? [] : index));
  }

  /** Moves the place on, unless the page is one before it. */
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

  /** The last item before the place. */
  get #frontier(): string {
    return this.#anchors.at(-1) ?? "";
  }

  /** Whether the list has changed since the last page, and whether items have moved within it. */
  #judge(page: Page, joint: Joint): void {
    const growth = page.total > 0 && this.#total > 0 ? page.total - this.#total : 0;
    if (page.total > 0) this.#total = page.total;
    if (growth !== 0) this.#doubt ??= "changed";
    if (joint !== "seen") return;
    if (this.#isCrossed(page)) this.#doubt = "moved";
    const { last, shift } = this.#shiftOf(page);
    if (!last) return;
    if (shift !== growth) this.#doubt = "moved";
  }

  /** What was read before stands behind what was the last item. */
  #isCrossed({ ids }: Page): boolean {
    const frontier = ids.indexOf(this.#frontier);
    return frontier >= 0 && ids.some((id, index) => index > frontier && this.#known.has(id));
  }

  /** How far the items of the last page have moved on, and whether that can be told; undefined if none is there. */
  #shiftOf(page: Page): { readonly last: boolean; readonly shift: number | undefined } {
    const last = this.#last;
    // Behind a cursor, nothing is known of where its anchors were.
    if (last === undefined || !this.#isExact(last)) return { last: false, shift: undefined };
    const places = new Map(last.ids.map((id, index) => [id, last.offset + index]));
    const index = page.ids.findLastIndex((id) => places.has(id));
    const place = places.get(page.ids[index] ?? "");
    return { last: true, shift: place === undefined ? undefined : page.offset + index - place };
  }

  /** Whether the items of a page stand where they are counted to: nothing is hidden between them. */
  #isExact({ offset, ids, limit, total }: Page): boolean {
    return ids.length >= limit || total <= offset + ids.length;
  }

  /** What is read behind a page that was joined. */
  #goOn(page: Page, idle: boolean, before: Page | undefined): Query | undefined {
    const { offset, ids, limit, total } = page;
    // Pages of one item have no room for one that was seen.
    if (this.#size === 1 && !this.#capped) this.#size = 2;
    if (offset === 0 && ids.length === 0 && total === 0) return undefined;
    if (this.#isLast(page, idle) || (this.#round > 1 && this.#isAccounted())) return this.#end();
    if (idle && !this.#heeds && before !== undefined && isSame(before, page)) {
      return { offset: FAR, limit: 1, purpose: "probe" };
    }
    const short = ids.length > 0 && ids.length < limit && total > offset + ids.length;
    if (short && !this.#hidden && !this.#cutsShort) {
      return { offset: Math.min(offset + limit, total) - 1, limit: 1, purpose: "look" };
    }
    return this.#behind(page);
  }

  #isLast({ offset, ids, limit, total }: Page, idle: boolean): boolean {
    const end = offset + ids.length;
    // It has the item that it begins with, and nothing behind.
    const isAlone = ids.length === 1 && idle;
    if (total === 0)
      return ids.length === 0 || (isAlone && ((this.#several && limit > 1) || this.#emptyAt === end));
    if (this.#hidden) return total <= offset + Math.max(limit, ids.length);
    if (ids.length < limit) return total <= end;
    // What equals the length of the first page may be just that.
    return (total === end && offset > 0) || (isAlone && total <= end && this.#emptyAt === end);
  }

  #read(offset: number): Query {
    // What was taken may be found in front of the start, but nothing else is taken there.
    const least = this.#anchors.length === 0 ? this.#start : 0;
    return { offset: Math.max(least, offset), limit: this.#size, purpose: "list" };
  }

  /** Not so far behind a page that its last item is not seen again, as long as there are enough of them. */
  #behind({ offset, ids, limit }: Page): Query {
    return this.#read(
      offset + Math.max(limit === 1 && this.#size > 1 ? 0 : 1, ids.length - 1, this.#hidden ? limit >> 1 : 0),
    );
  }

  /** What is read after a page that was not joined. */
  #askAgain(page: Page): Query | undefined {
    const last = this.#last;
    if (page.purpose === "list" || last === undefined) return this.#search(page);
    return page.purpose === "look" ? this.#afterLook(page, last) : this.#afterProbe(page, last);
  }

  /** The list has shifted: looks for the place nearer to the beginning. */
  #search({ offset, total }: Page): Query {
    if (offset === 0)
      throw new PagingAborted(
        "the list changed so much while it was read that the place in it is lost",
        ANEW,
      );
    const shrunk = total > 0 ? Math.max(0, this.#total - total) : 0;
    const likely = this.#reach - (this.#hidden ? 0 : 1) - shrunk;
    const back = Math.max(1, this.#size >> 1) * 2 ** this.#losses;
    this.#losses += 1;
    return this.#read(shrunk > 0 && likely < offset ? likely : offset - back);
  }

  /** Was there something at the last place that the page should have covered? */
  #afterLook({ offset, ids: [id] }: Page, last: Page): Query | undefined {
    // The last item of the page is: what is between is hidden, and the next page may begin here.
    if (id !== undefined && id === last.ids.at(-1)) return this.#read(offset);
    this.#cutsShort = !this.#hidden;
    return this.#isLast(last, false) ? this.#end() : this.#behind(last);
  }

  #afterProbe({ ids }: Page, last: Page): Query | undefined {
    if (ids.length > 0) {
      // More than was asked for, or as much as there is.
      if (last.ids.length > last.limit || (last.total > 0 && last.total <= this.#known.size))
        return undefined;
      throw new PagingAborted(
        "the server ignores the offset, so that only the first page can be read",
        "Ask for larger pages (pageSize).",
      );
    }
    this.#heeds = true;
    return this.#behind(last);
  }

  /** Whether so many items are known that none can be missing, even if all that are gone had been known. */
  #isAccounted(): boolean {
    return this.#known.size - this.#gone >= this.#total;
  }

  /** The list is over, or read once more. */
  #end(): Query | undefined {
    if (this.#doubt === undefined || !this.#known.complete || this.#isAccounted()) return undefined;
    if (this.#round > 1 && (this.#gained === 0 || this.#round === MAX_ROUNDS)) {
      if (this.#doubt === "moved" && !this.#sparse && this.#total > this.#known.size) {
        throw new PagingAborted("items move within the list while it is read, and some were not found", ANEW);
      }
      return undefined;
    }
    this.#round += 1;
    this.#gained = 0;
    this.#doubt = undefined;
    return this.#read(this.#start);
  }
}

const ANEW = "Read the list anew, sorted by something that does not change, or resume from error.cursor.";

function isSame(a: Page, b: Page): boolean {
  return (
    a.offset !== b.offset && a.ids.length === b.ids.length && a.ids.every((id, index) => id === b.ids[index])
  );
}
