import { Code } from "@connectrpc/connect";
import { KnownItems } from "./known-items.ts";
import { listFailure } from "./list-error.ts";
import type { ListCursor } from "./list-options.ts";
import type { PageReader } from "./page-reader.ts";
import { type PlacedPage, type Stride, Strides } from "./strides.ts";
import type { Step } from "./walk.ts";

/** So often may the place be lost in a row, without an item gained. */
const MAX_LOSSES = 5;
/** So many more pages are looked at for the very last item, once there is one with others that were read. */
const MAX_LOOKS = 5;

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
  readonly #known: KnownItems;
  #stride: Stride;
  #losses = 0;
  /** The list has shifted in a way that its total does not explain: items have moved within it. */
  #reordered = false;

  constructor(reader: PageReader, method: string, cursor: ListCursor | undefined) {
    const { start } = reader.request;
    this.#reader = reader;
    this.#method = method;
    this.#strides = new Strides(reader);
    this.#known = new KnownItems(cursor, start === 0n);
    this.#stride = { offset: Number(cursor?.position ?? start), overlaps: this.#known.last !== undefined };
  }

  /** The pages, with what is new on each. */
  async *steps(): AsyncGenerator<Step> {
    for (let next: Stride | undefined = this.#stride; next !== undefined; ) {
      this.#stride = next;
      const page = await this.#nextPage();
      const fresh = this.#known.freshOf(page);
      next = this.#goOn(page, fresh.length > 0);
      const position = BigInt(next?.offset ?? page.offset + Math.max(0, page.ids.length - 1));
      yield { page, fresh, position, anchors: this.#known.anchors };
    }
  }

  async #nextPage(): Promise<PlacedPage> {
    const { offset, overlaps } = this.#stride;
    const page = await this.#read(offset);
    if (!overlaps || page.ids[0] === this.#known.last) return page;
    const next = offset === 0 || this.#known.isFollowedBy(page) ? page : await this.#findPlace(page);
    const shift = next.offset + next.ids.indexOf(this.#known.last ?? "") - offset;
    this.#reordered ||= shift !== next.total - this.#strides.total;
    return next;
  }

  async #read(offset: number): Promise<PlacedPage> {
    return { ...(await this.#reader.read(BigInt(offset))), offset };
  }

  /** The list has shifted: finds the page in which it goes on. */
  async #findPlace(lost: PlacedPage): Promise<PlacedPage> {
    let likely = this.#known.mayBeFollowedBy(lost) ? lost : undefined;
    let looks = 0;
    this.#losses += 1;
    for (const offset of this.#candidates(lost)) {
      const page = await this.#read(offset);
      if (this.#known.isFollowedBy(page)) return page;
      if (this.#known.mayBeFollowedBy(page)) likely ??= page;
      if (likely !== undefined && ++looks >= MAX_LOOKS) return likely;
      // All that the walk could hold on to is gone. From the beginning, nothing can be missed.
      if (offset === 0 && this.#mayStartOver) return likely ?? page;
    }
    if (likely !== undefined) return likely;
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

  #goOn(page: PlacedPage, gained: boolean): Stride | undefined {
    const seamless = page.ids[0] === this.#known.last;
    const next = this.#strides.after(page, { seamless, gained });
    this.#known.add(page);
    if (gained) this.#losses = 0;
    return next ?? this.#secondRound(page);
  }

  /** Items that were not read yet may have moved to the front, or read ones away from there, unnoticed. */
  #secondRound({ total }: PlacedPage): Stride | undefined {
    if (!this.#reordered || total <= this.#known.size || !this.#mayStartOver) return undefined;
    this.#reordered = false;
    this.#losses += 1;
    return { offset: 0, overlaps: false };
  }

  get #mayStartOver(): boolean {
    return this.#known.complete && this.#losses <= MAX_LOSSES;
  }
}
