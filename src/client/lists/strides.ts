import type { PageReader, ReadPage } from "./page-reader.ts";

/** A page, and where it was read. */
export interface PlacedPage extends ReadPage {
  readonly offset: number;
}

/** Where the next page is read. */
export interface Stride {
  readonly offset: number;
  /** Whether that page begins with the last item of the one before. */
  readonly overlaps: boolean;
}

/** How a page joins the ones before. */
export interface Joint {
  /** It begins with the item that the page before ended with. */
  readonly seamless: boolean;
  /** It has items that no page before had. */
  readonly gained: boolean;
}

/**
 * Decides where the next page is, and when the list ends: with a short page. Not with the total, which may be that of
 * the page; but a short page before the total says that the list goes on, as the server either allows fewer items
 * than were asked for, or leaves out those that the caller may not see. A second look tells which.
 */
export class Strides {
  /** How many items the list had when it was last read; 0 if unknown. */
  total = 0;
  readonly #reader: PageReader;
  readonly #size: number;
  #short: PlacedPage | undefined;
  /** The server leaves out items: pages may be short, even empty, anywhere. */
  #sparse = false;

  constructor(reader: PageReader) {
    this.#reader = reader;
    this.#size = reader.limit;
  }

  /** The way on from a page; undefined where the list ends with it. */
  after(page: PlacedPage, joint: Joint): Stride | undefined {
    this.#secondLook(joint);
    const stride = this.#sparse ? this.#afterWindow(page) : this.#afterItems(page);
    if (page.total > 0) this.total = page.total;
    return stride;
  }

  #secondLook({ seamless, gained }: Joint): void {
    const length = this.#short?.ids.length;
    this.#short = undefined;
    if (length === undefined) return;
    if (gained && (seamless || length === 1)) this.#reader.cap(length);
    else this.#leaveOut();
  }

  #leaveOut(): void {
    this.#sparse = true;
    this.#reader.limit = this.#size;
  }

  #afterItems(page: PlacedPage): Stride | undefined {
    const { length } = page.ids;
    const end = page.offset + length;
    if (length < Math.min(page.limit, this.#reader.limit)) {
      if (page.total <= end) return undefined;
      if (length === 0) {
        this.#leaveOut();
        return this.#afterWindow(page);
      }
      this.#short = page;
      if (length === 1) return { offset: end, overlaps: false };
    }
    // Pages of one item have no room for an overlap.
    if (this.#reader.limit === 1 && !this.#reader.capped) this.#reader.limit = 2;
    const overlaps = this.#reader.limit > 1;
    return { offset: overlaps ? end - 1 : end, overlaps };
  }

  #afterWindow({ offset, limit, total }: PlacedPage): Stride | undefined {
    const gone = total > 0 ? this.total - total : 0;
    if (gone > 0) return { offset: Math.max(0, offset - gone), overlaps: false };
    return total > offset + limit ? { offset: offset + limit, overlaps: false } : undefined;
  }
}
