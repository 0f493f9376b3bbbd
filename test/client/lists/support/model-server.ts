import type { PageQuery, PageResult } from "../../../../src/client/lists/offset-paginator.ts";
import type { Choose } from "./explore.ts";

/** What can happen to a list between two pages. */
export type Change = "create" | "delete" | "move";

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
  #entries: Entry[];
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
    const ids = given.flatMap(({ id, hidden }) => (hidden ? [] : id));
    const { length } = this.#entries;
    const count = TOTALS[total](length, found.length, ids.length);
    this.#log.push(() => `${query.offset}+${limit} of ${query.limit} → ${ids.join("") || "-"} of ${count}`);
    return { ids, total: count, limit };
  }

  /** Lets a change happen that may happen between two pages. */
  change(): void {
    const all = this.model.changes ?? [];
    let kinds = all;
    while (this.#changesLeft > 0 && kinds.length > 0) {
      const kind = kinds[this.#choose(kinds.length + 1) - 1];
      if (kind === undefined) return;
      this.#changesLeft -= 1;
      if (this.model.oneKind) kinds = [kind];
      this.#apply(kind);
      const after = [...this.#entries];
      this.#log.push(() => `${kind}: ${after.map(({ id, hidden }) => (hidden ? `(${id})` : id)).join("")}`);
    }
  }

  #apply(kind: Change): void {
    const { length } = this.#entries;
    if (kind === "create") {
      this.#created += 1;
      this.#entries.splice(this.#choose(length + 1), 0, this.#entry(`N${this.#created}`));
    } else if (length > 0) {
      const [entry] = this.#entries.splice(this.#choose(length), 1);
      if (kind === "delete") this.visibleAllAlong.delete(entry?.id ?? "");
      else if (entry !== undefined) this.#entries.splice(this.#choose(length), 0, entry);
    }
  }

  #entry(id: string): Entry {
    const hidden = this.model.hides === true && this.#choose(2) === 1;
    if (hidden) this.hidden += 1;
    return { id, hidden };
  }
}
