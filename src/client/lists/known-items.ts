import type { ListCursor } from "./list-options.ts";
import type { ReadPage } from "./page-reader.ts";
import { Seen } from "./seen.ts";

/** So many identities find a place again. */
const MAX_ANCHORS = 100;

/** What a walk knows of a list: what it has yielded, and what was on the last page. */
export class KnownItems {
  readonly #seen: Seen;
  #lastPage: readonly string[];

  /** `fromStart`: the walk begins where the list does. */
  constructor(cursor: ListCursor | undefined, fromStart: boolean) {
    this.#seen = new Seen(fromStart && (cursor?.yielded ?? 0) === 0);
    this.#lastPage = cursor?.anchors ?? [];
    for (const id of this.#lastPage) this.#seen.add(id);
  }

  /** Whether everything is known that comes before the place of the walk. */
  get complete(): boolean {
    return this.#seen.complete;
  }

  /** How many items are known. */
  get size(): number {
    return this.#seen.size;
  }

  /** The last item of the last page. */
  get last(): string | undefined {
    return this.#lastPage.at(-1);
  }

  /** By what the place is found again. */
  get anchors(): readonly string[] {
    return this.#lastPage.slice(-MAX_ANCHORS);
  }

  /** Whether nothing can be missing between what was read and a page: it has the very item that was last. */
  isFollowedBy(page: ReadPage): boolean {
    return page.ids.includes(this.last ?? "") && this.#beginsKnown(page);
  }

  /** Where the last item is gone, any other of the last page does, if none of those has moved on. */
  mayBeFollowedBy(page: ReadPage): boolean {
    return this.#firstKnownIn(page) >= 0 && this.#beginsKnown(page);
  }

  /** The indexes of what was not yielded before. */
  freshOf(page: ReadPage): number[] {
    // Without knowing all that was yielded, what comes before the known items must be taken for old.
    const known = this.complete ? 0 : this.#firstKnownIn(page);
    return page.ids.flatMap((id, index) => (index < known || this.#seen.has(id) ? [] : index));
  }

  /** Takes note of a page that was read. */
  add({ ids }: ReadPage): void {
    for (const id of ids) if (!this.#seen.has(id)) this.#seen.add(id);
    if (ids.length > 0) this.#lastPage = ids;
  }

  /** Items that have moved on may be found anywhere, but not behind others that were read. */
  #beginsKnown({ ids: [first = ""] }: ReadPage): boolean {
    return this.#seen.has(first) || !this.complete;
  }

  #firstKnownIn({ ids }: ReadPage): number {
    return ids.findIndex((id) => this.#lastPage.includes(id));
  }
}
