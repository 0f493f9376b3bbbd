import type { PageQuery, PageResult } from "../../../../src/client/lists/offset-paginator.ts";
import type { Choose } from "./explore.ts";

/** What can happen to a list between two pages. Changes between the same two pages happen in this order: see `change()`. */
const CHANGES = ["delete", "create", "move"] as const;

export type Change = (typeof CHANGES)[number];

/** The behavior of a server with a list. */
export interface Model {
  /** The initial number of items. */
  readonly count: number;
  /** The total that it reports: of the list (like Zitadel: 0 for an empty page; or always), of the page, or none. */
  readonly total: "true" | "always true" | "of the page" | "none";
  /** The maximum page size, and whether the server reports it. */
  readonly cap?: { readonly at: number; readonly said: boolean };
  /** How often it may refuse a page of the requested size, so that half as many items are requested. */
  readonly refuses?: number;
  /** Whether it may return fewer items than there are, at least one. */
  readonly stingy?: boolean;
  /** Whether any of the initial items may be hidden, and any created later. */
  readonly hides?: boolean;
  /** What may happen between two pages, and how many changes in total. */
  readonly changes?: readonly Change[];
  readonly changeLimit?: number;
  /** Only one kind of change between two pages. */
  readonly oneKind?: boolean;
}

interface Entry {
  readonly id: string;
  readonly hidden: boolean;
}

/** The total by the number of items in the list, found for the page, and visible on it. */
const TOTALS: Readonly<Record<Model["total"], (all: number, found: number, shown: number) => number>> = {
  true: (all, found) => (found === 0 ? 0 : all),
  "always true": (all) => all,
  "of the page": (_all, _found, shown) => shown,
  none: () => 0,
};

/** A server with a list, whose every choice the test makes. */
export class ModelServer {
  readonly model: Model;
  readonly #choose: Choose;
  #entries: readonly Entry[];
  #created = 0;
  #changesLeft: number;
  #refusalsLeft: number;
  /** The requests and responses; only formatted where they are read. */
  readonly #log: (() => string)[] = [];

  constructor(model: Model, choose: Choose) {
    this.model = model;
    this.#choose = choose;
    this.#changesLeft = model.changeLimit ?? 0;
    this.#refusalsLeft = model.refuses ?? 0;
    this.#entries = Array.from({ length: model.count }, (_, index) =>
      this.#entry(String.fromCharCode(97 + index)),
    );
    this.visibleAllAlong = new Set(this.#entries.flatMap(({ id, hidden }) => (hidden ? [] : id)));
  }

  /** How many of all items ever created are hidden. */
  hidden = 0;
  /** What was visible from the first page to the last. */
  readonly visibleAllAlong: Set<string>;

  get log(): readonly string[] {
    return this.#log.map((toText) => toText());
  }

  /** Deletes what a caller was given. */
  delete(ids: readonly string[]): void {
    this.#entries = this.#entries.filter(({ id }) => !ids.includes(id));
    this.#log.push(() => `delete ${ids.join("")}`);
  }

  respond(query: PageQuery): PageResult {
    const { cap, stingy = false, total } = this.model;
    const isHalved = query.limit > 1 && this.#refusalsLeft > 0 && this.#choose(2) === 1;
    if (isHalved) this.#refusalsLeft -= 1;
    const asked = isHalved ? query.limit >> 1 : query.limit;
    const limit = cap?.said ? Math.min(asked, cap.at) : asked;
    const found = this.#entries.slice(query.offset, query.offset + Math.min(limit, cap?.at ?? limit));
    const given =
      stingy && found.length > 1 ? found.slice(0, found.length - this.#choose(found.length)) : found;
    const ids = given.filter(({ hidden }) => !hidden).map(({ id }) => id);
    const { length } = this.#entries;
    const count = TOTALS[total](length, found.length, ids.length);
    this.#log.push(() => `${query.offset}+${limit} of ${query.limit} → ${ids.join("") || "-"} of ${count}`);
    return { ids, total: count, limit };
  }

  /**
   * Lets changes happen that may happen between two pages. Only their result matters, so that one order is enough: deletions
   * and creations from the start to the end of the list, and what moves afterwards.
   */
  change(): void {
    let kinds = CHANGES.filter((kind) => this.model.changes?.includes(kind));
    for (let from = 0; this.#changesLeft > 0 && kinds.length > 0; ) {
      const kind = kinds[this.#choose(kinds.length + 1) - 1];
      if (kind === undefined) return;
      this.#changesLeft -= 1;
      if (kind !== kinds[0]) from = 0;
      kinds = this.model.oneKind ? [kind] : kinds.slice(kinds.indexOf(kind));
      from = this.#apply(kind, from);
      const after = this.#entries;
      this.#log.push(() => `${kind}: ${after.map(({ id, hidden }) => (hidden ? `(${id})` : id)).join("")}`);
    }
  }

  /** Changes the list at `from` or behind. Returns where the next change of the kind may be. */
  #apply(kind: Change, from: number): number {
    const { length } = this.#entries;
    if (kind === "create") {
      this.#created += 1;
      const at = from + this.#choose(length + 1 - from);
      this.#entries = this.#entries.toSpliced(at, 0, this.#entry(`N${this.#created}`));
      return at + 1;
    }
    if (kind === "delete" && from < length) {
      const at = from + this.#choose(length - from);
      this.visibleAllAlong.delete(this.#entries[at]?.id ?? "");
      this.#entries = this.#entries.toSpliced(at, 1);
      return at;
    }
    if (kind === "move" && length > 1) {
      const moves = findMoves(length);
      const [at, to] = moves[this.#choose(moves.length)] ?? [0, 0];
      const [entry] = this.#entries.slice(at, at + 1);
      if (entry !== undefined) this.#entries = this.#entries.toSpliced(at, 1).toSpliced(to, 0, entry);
    }
    return from;
  }

  #entry(id: string): Entry {
    const hidden = this.model.hides === true && this.#choose(2) === 1;
    if (hidden) this.hidden += 1;
    return { id, hidden };
  }
}

/** From where to where an item may move, without those pairs that exchange the same two items. */
function findMoves(length: number): (readonly [at: number, to: number])[] {
  const places = Array.from({ length }, (_, index) => index);
  return places.flatMap((at) =>
    places.filter((to) => to !== at && to !== at - 1).map((to) => [at, to] as const),
  );
}
