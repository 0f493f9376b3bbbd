import { Code } from "@connectrpc/connect";
import { listFailure } from "./list-error.ts";
import type { ListCursor } from "./list-options.ts";
import type { PageReader, ReadPage } from "./page-reader.ts";
import { Seen } from "./seen.ts";
import { type PlacedPage, type Stride, Strides } from "./strides.ts";
import type { Step } from "./walk.ts";

/** So often may the place be lost in a row, without an item gained. */
const MAX_LOSSES = 5;
/** So many identities find a place again. */
const MAX_ANCHORS = 100;

/**
 * Walks through a list that is paged by offset.
 *
 * Objects that are created or deleted meanwhile shift those behind them, and offsets then skip or repeat items. So
 * each page begins with the last item of the one before: where that is missing, the walk goes back until it finds
 * what it knows, and goes on behind it. What it yielded is not yielded again.
 */
export class OffsetWalk {
  readonly #reader: PageReader;
  readonly #method: string;
  readonly #strides: Strides;
  readonly #seen: Seen;
  /** The identities on the last page, in order. */
  #anchors: readonly string[];
  #stride: Stride;
  #losses = 0;

  constructor(reader: PageReader, method: string, cursor: ListCursor | undefined) {
    this.#reader = reader;
    this.#method = method;
    this.#strides = new Strides(reader);
    // What comes before the beginning of a request's own is not to be yielded either.
    this.#seen = new Seen(reader.request.start === 0n && (cursor?.yielded ?? 0) === 0);
    this.#anchors = cursor?.anchors ?? [];
    for (const id of this.#anchors) this.#seen.add(id);
    const offset = Number(cursor?.position ?? reader.request.start);
    this.#stride = { offset, overlaps: this.#anchors.length > 0 };
  }

  /** The pages, with what is new on each. */
  async *steps(): AsyncGenerator<Step> {
    for (let next: Stride | undefined = this.#stride; next !== undefined; ) {
      this.#stride = next;
      const page = await this.#nextPage();
      const fresh = this.#freshOf(page);
      next = this.#goOn(page, fresh.length > 0);
      const position = BigInt(next?.offset ?? page.offset + Math.max(0, page.ids.length - 1));
      yield { page, fresh, position, anchors: this.#anchors.slice(-MAX_ANCHORS) };
    }
  }

  async #nextPage(): Promise<PlacedPage> {
    const page = await this.#read(this.#stride.offset);
    return page.offset === 0 || this.#isNext(page) ? page : await this.#findPlace(page);
  }

  async #read(offset: number): Promise<PlacedPage> {
    return { ...(await this.#reader.read(BigInt(offset))), offset };
  }

  /** Whether nothing can be missing between what was read and this page. */
  #isNext(page: ReadPage): boolean {
    return !this.#stride.overlaps || this.#knownIn(page) >= 0;
  }

  #knownIn({ ids }: ReadPage): number {
    return ids.findIndex((id) => this.#anchors.includes(id));
  }

  /** The list has shifted: finds the page in which it goes on. */
  async #findPlace(lost: PlacedPage): Promise<PlacedPage> {
    this.#losses += 1;
    for (const offset of this.#candidates(lost)) {
      const page = await this.#read(offset);
      if (this.#isNext(page)) return page;
      // All that the walk could hold on to is gone. From the beginning, nothing can be missed.
      if (offset === 0 && this.#seen.complete && this.#losses <= MAX_LOSSES) return page;
    }
    const problem = "the list changed so much while it was read that the place in it is lost";
    throw listFailure(this.#method, Code.Aborted, problem);
  }

  /** Where to look: as far off as the list has grown or shrunk, then page by page back to the beginning. */
  *#candidates({ offset, total }: PlacedPage): Generator<number> {
    const shift = total > 0 ? total - this.#strides.total : 0;
    if (offset + shift > 0 && shift !== 0) yield offset + shift;
    const stride = Math.max(1, this.#reader.limit - 1);
    for (let back = offset - stride; back > 0; back -= stride) yield back;
    yield 0;
  }

  /** The indexes of what was not yielded before. */
  #freshOf(page: ReadPage): number[] {
    // Without knowing all that was yielded, what comes before the known items must be taken for old.
    const known = this.#seen.complete ? 0 : this.#knownIn(page);
    return page.ids.flatMap((id, index) => (index < known || this.#seen.has(id) ? [] : index));
  }

  #goOn(page: PlacedPage, gained: boolean): Stride | undefined {
    const [first] = page.ids;
    const next = this.#strides.after(page, { seamless: first === this.#anchors.at(-1), gained });
    for (const id of page.ids) if (!this.#seen.has(id)) this.#seen.add(id);
    if (page.ids.length > 0) this.#anchors = page.ids;
    if (gained) this.#losses = 0;
    return next;
  }
}
