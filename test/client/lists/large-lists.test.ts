import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { PageQuery, PageResult } from "../../../src/client/lists/offset-paginator.ts";
import { type Paginated, paginate } from "./support/paginate.ts";

const HIDDEN = "(";

/** A list of Zitadel: it builds a page, then removes what the caller may not see; an empty page has no total. */
class ZitadelList {
  items: string[];
  #created = 0;

  constructor(count: number, isHidden: (index: number) => boolean) {
    this.items = Array.from({ length: count }, (_, index) =>
      isHidden(index) ? `${HIDDEN}${index}` : `${index}`,
    );
  }

  get visible(): string[] {
    return this.items.filter((id) => !id.startsWith(HIDDEN));
  }

  respond({ offset, limit }: PageQuery): PageResult {
    const rows = this.items.slice(offset, offset + limit);
    const ids = rows.filter((id) => !id.startsWith(HIDDEN));
    return { ids, total: rows.length === 0 ? 0 : this.items.length, limit };
  }

  remove(ids: readonly string[]): void {
    const gone = new Set(ids);
    this.items = this.items.filter((id) => !gone.has(id));
  }

  create(at: number, count: number): void {
    const ids = Array.from({ length: count }, () => `new-${++this.#created}`);
    this.items.splice(at % (this.items.length + 1), 0, ...ids);
  }
}

interface Change {
  readonly kind: "create" | "remove" | "move";
  readonly at: number;
  readonly to: number;
}

/** Changes a list, by less than a page. Returns what was removed. */
function apply(list: ZitadelList, { kind, at, to }: Change, pageSize: number): string[] {
  const from = at % (list.items.length + 1);
  if (kind === "remove") return list.items.splice(from, to % pageSize);
  if (kind === "create") list.create(at, (to % pageSize) + 1);
  else list.items.splice(to % (list.items.length + 1), 0, ...list.items.splice(from, 1));
  return [];
}

const create = (at: number, to = 0): Change => ({ kind: "create", at, to });
const remove = (at: number, to: number): Change => ({ kind: "remove", at, to });
const move = (at: number, to: number): Change => ({ kind: "move", at, to });

/** Cases that once failed, and take tens of thousands of runs to find. */
const FORMER_FAILURES: [number, number, Change[]][] = [
  // Many are deleted before a page beyond the end, which has no total, and as many created behind it.
  [87, 380, [move(0, 0), create(0, 41), move(259, 0), remove(1, 78), create(266, 77)]],
  // The item that is searched for in the second round moves past its position there.
  [81, 241, [remove(81, 6), move(161, 81), move(0, 0), remove(0, 2)]],
  // Items are created in front of known ones in each round.
  [11, 14, [remove(11, 1), create(0), create(0), create(0), create(0, 10)]],
];

const size = fc.integer({ min: 2, max: 100 });
const count = fc.integer({ min: 0, max: 1_000 });

function paginateIn(
  list: ZitadelList,
  pageSize: number,
  onItems: (ids: readonly string[]) => undefined,
): Paginated {
  return paginate({ size: pageSize, maxPages: 100_000, respond: (query) => list.respond(query), onItems });
}

function assertAll({ yielded, aborted }: Paginated, expected: readonly string[]): void {
  assert.equal(aborted, undefined);
  assert.equal(new Set(yielded).size, yielded.length, "none twice");
  const all = new Set(yielded);
  assert.deepEqual(
    expected.filter((id) => !all.has(id)),
    [],
  );
}

describe("the iteration of a long list", () => {
  it("takes at most 2 + 3 × (items / page size) pages, whatever is created, deleted and moved meanwhile", () => {
    const change = fc.record({
      kind: fc.constantFrom("create", "remove", "move"),
      at: fc.nat(),
      to: fc.nat(),
    });
    fc.assert(
      fc.property(size, count, fc.array(change, { maxLength: 8 }), (pageSize, count, changes) => {
        const list = new ZitadelList(count, () => false);
        const all = new Set(list.items);
        const pending = [...changes];
        const result = paginateIn(list, pageSize, () => {
          const next = pending.shift();
          if (next !== undefined) for (const id of apply(list, next, pageSize)) all.delete(id);
          return undefined;
        });
        if (result.aborted === undefined) assertAll(result, [...all]);
        else
          assert.ok(
            changes.some(({ kind }) => kind === "move"),
            result.aborted,
          );
        assert.ok(result.cursor.anchors.length <= 100);
        // Pages that only find the position again, or read the list once more, contain little that is new.
        const most = 2 + (3 * result.yielded.length) / pageSize;
        assert.ok(result.fruitful - changes.length <= most, `${result.fruitful} of ${result.pages} pages`);
        if (changes.length === 0) assert.ok(result.pages <= most);
      }),
      { numRuns: 500, examples: FORMER_FAILURES },
    );
  });

  it("yields everything to a loop that deletes page by page, in batches or one by one, however much is hidden", () => {
    fc.assert(
      fc.property(
        fc.record({
          pageSize: size,
          count,
          hidden: fc.integer({ min: 0, max: 95 }),
          seed: fc.integer(),
          batch: fc.integer({ min: 1, max: 400 }),
        }),
        ({ pageSize, count, hidden, seed, batch }) => {
          const list = new ZitadelList(count, (index) => noise(index, seed) % 100 < hidden);
          const expected = list.visible;
          let kept: string[] = [];
          const result = paginateIn(list, pageSize, (ids) => {
            kept.push(...ids);
            const full = kept.length - (kept.length % batch);
            list.remove(kept.slice(0, full));
            kept = kept.slice(full);
            return undefined;
          });
          assertAll(result, expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("yields all 617 visible items of a thousand to a loop that deletes in batches of 350", () => {
    const list = new ZitadelList(1_000, (index) => (index * 383) % 1_000 < 383);
    const expected = list.visible;
    assert.equal(expected.length, 617);
    let batch: string[] = [];
    const result = paginateIn(list, 100, (ids) => {
      batch.push(...ids);
      if (batch.length < 350) return undefined;
      list.remove(batch);
      batch = [];
      return undefined;
    });
    assertAll(result, expected);
  });

  it("finds the few visible items among many hidden ones, when most pages are empty", () => {
    const list = new ZitadelList(20_000, (index) => index % 1_999 !== 1_998);
    const result = paginateIn(list, 100, () => undefined);
    assertAll(result, list.visible);
    assert.ok(result.pages <= 410, `${result.pages}`);
  });

  it("reads a list once if part of it is hidden and nobody changes it", () => {
    for (const hidden of [10, 30, 50]) {
      const list = new ZitadelList(2_000, (index) => noise(index, 1) % 100 < hidden);
      const result = paginateIn(list, 100, () => undefined);
      assertAll(result, list.visible);
      assert.ok(result.pages <= 45, `${hidden} %: ${result.pages} pages`);
      assert.ok(result.fruitful <= 2 + (3 * 2_000) / 100);
    }
  });

  it("reads a list once if its total is reported only now and then", () => {
    const list = new ZitadelList(450, () => false);
    const result = paginate({
      size: 100,
      maxPages: 99,
      respond: (query) => ({ ...list.respond(query), ...(query.offset % 2 === 0 ? {} : { total: 0 }) }),
    });
    assertAll(result, list.items);
    assert.equal(result.pages, 5);
  });

  it("needs one more page after items were created or deleted in front of the position", () => {
    for (const change of ["create", "remove"]) {
      const list = new ZitadelList(450, () => false);
      const result = paginateIn(list, 100, (ids) => {
        if (change === "create" && ids.includes("250")) list.create(0, 3);
        if (change === "remove" && ids.includes("250")) list.remove(["7", "9"]);
        return undefined;
      });
      assert.equal(result.pages, 6);
      assert.equal(result.yielded.length, change === "create" ? 453 : 450);
    }
  });

  it("reads a list at most three times if it changes with every page", () => {
    const list = new ZitadelList(500, () => false);
    let turn = 0;
    const result = paginateIn(list, 100, () => {
      if (turn++ % 2 === 0) list.create(50, 3);
      else list.remove([list.items[60] ?? ""]);
      return undefined;
    });
    assertAll(
      result,
      list.items.filter((id) => !id.startsWith("new")),
    );
    assert.ok(result.pages <= 3 * 12, `${result.pages}`);
  });

  it("fails if it is resumed and nothing is left of the 100 ids in its cursor", () => {
    const list = new ZitadelList(500, () => false);
    const leave = (ids: readonly string[]) => (ids.includes("250") ? ("leave" as const) : undefined);
    const respond = (query: PageQuery) => list.respond(query);
    const { cursor } = paginate({ size: 60, maxPages: 100, respond, onItems: leave });
    assert.equal(new Set(cursor.anchors).size, 100);
    list.remove(cursor.anchors);
    const rest = paginate({ size: 60, maxPages: 100, respond, cursor });
    assert.match(rest.aborted ?? "", /position in it is lost/);
    assert.deepEqual(rest.yielded, []);
  });

  it("resumes from a cursor without reading a page twice", () => {
    const list = new ZitadelList(300, () => false);
    const respond = (query: PageQuery) => list.respond(query);
    const { cursor } = paginate({ size: 100, maxPages: 9, respond, onItems: () => "leave" });
    const rest = paginate({ size: 100, maxPages: 9, respond, cursor });
    assert.deepEqual(rest.yielded, list.items.slice(100));
    assert.equal(rest.pages, 3);
  });

  it("resumes from a cursor after items in front of it were deleted", () => {
    const list = new ZitadelList(300, () => false);
    const expected = list.items.slice(200);
    const respond = (query: PageQuery) => list.respond(query);
    const leave = (ids: readonly string[]) => (ids.includes("199") ? ("leave" as const) : undefined);
    const { cursor, yielded } = paginate({ size: 20, maxPages: 99, respond, onItems: leave });
    list.remove(list.items.slice(0, 30));
    const rest = paginate({ size: 20, maxPages: 99, respond, cursor });
    assert.deepEqual([[...yielded.slice(200), ...rest.yielded], rest.aborted], [expected, undefined]);
  });

  it("finds its position after a cursor, however many items in front of it were deleted", () => {
    for (const size of [5, 20, 50, 100]) {
      for (let deleted = 0; deleted <= 450; deleted += 13) {
        const list = new ZitadelList(1_000, () => false);
        const expected = list.items;
        const respond = (query: PageQuery) => ({ ...list.respond(query), total: 0 });
        const leave = (ids: readonly string[]) => (ids.includes("550") ? ("leave" as const) : undefined);
        const { cursor, yielded } = paginate({ size, maxPages: 999, respond, onItems: leave });
        list.remove(list.items.slice(0, deleted));
        const rest = paginate({ size, maxPages: 999, respond, cursor });
        const what = `pages of ${size}, ${deleted} deleted`;
        assert.equal(rest.aborted, undefined, what);
        assert.deepEqual([...yielded, ...rest.yielded], expected, what);
      }
    }
  });

  it("yields each item once when it is left while it searches for its position, and resumed", () => {
    for (let last = 1; last <= 30; last++) {
      const list = new ZitadelList(1_000, () => false);
      const expected = list.items;
      const respond = (query: PageQuery) => ({ ...list.respond(query), total: 0 });
      let pages = 0;
      const first = paginate({
        size: 50,
        maxPages: 99,
        respond,
        onItems(ids) {
          if (ids.includes("700")) list.remove(list.items.slice(0, 250));
          return ++pages === last ? "leave" : undefined;
        },
      });
      const rest = paginate({ size: 50, maxPages: 99, respond, cursor: first.cursor });
      assert.equal(rest.aborted, undefined, `left after ${last} pages`);
      assert.deepEqual([...first.yielded, ...rest.yielded], expected, `left after ${last} pages`);
    }
  });

  /** An iteration that was left after item 500 of 1000; the items after it are hidden. */
  const paginateFromHidden = (onItems: (list: ZitadelList, ids: readonly string[]) => void) => {
    const list = new ZitadelList(1_000, (index) => index > 500 && index < 700);
    const respond = (query: PageQuery) => list.respond(query);
    const leave = (ids: readonly string[]) => (ids.includes("500") ? ("leave" as const) : undefined);
    const { cursor } = paginate({ size: 50, maxPages: 99, respond, onItems: leave });
    return paginate({ size: 50, maxPages: 99, respond, cursor, onItems: (ids) => void onItems(list, ids) });
  };

  it("resumes from a cursor through pages that are entirely hidden", () => {
    const { yielded, aborted } = paginateFromHidden(() => {});
    assert.deepEqual([yielded.length, yielded[0], aborted], [300, "700", undefined]);
  });

  it("fails, rather than yield an item twice, if the total does not show what was deleted behind a cursor", () => {
    let pages = 0;
    const { yielded, aborted } = paginateFromHidden((list) => {
      if (++pages === 4) list.items.splice(700, 300);
    });
    assert.deepEqual(yielded, []);
    assert.match(aborted ?? "", /position in it is lost/);
  });

  it("finds its position by the total in a loop that deletes visible items", () => {
    const list = new ZitadelList(6_000, (index) => index % 2 === 0);
    const expected = list.visible;
    const result = paginateIn(list, 100, (ids) => void list.remove(ids));
    assertAll(result, expected);
    assert.ok(result.pages <= 140, `${result.pages}`);
  });

  it("finds what has moved in a long list of small pages", () => {
    const list = new ZitadelList(3_000, () => false);
    const result = paginateIn(list, 2, (ids) => {
      if (ids.includes("1500")) list.items.splice(10, 0, ...list.items.splice(2_000, 1));
      return undefined;
    });
    assertAll(result, list.items);
  });

  it("ends with the first empty page in a loop that deletes everything", () => {
    const list = new ZitadelList(300, () => false);
    const result = paginateIn(list, 100, (ids) => void list.remove(ids));
    assertAll(
      result,
      Array.from({ length: 300 }, (_, index) => `${index}`),
    );
    // Three pages; one each where the next would be if nothing were deleted; half a page back; the empty one.
    assert.equal(result.pages, 8);
  });

  it("checks once for hidden items if a server shortens pages silently", () => {
    const list = new ZitadelList(100, () => false);
    const result = paginate({
      size: 50,
      maxPages: 100,
      respond: ({ offset, limit }) => ({ ...list.respond({ offset, limit: Math.min(limit, 11) }), limit }),
    });
    assertAll(result, list.items);
    assert.equal(result.pages, 11);
  });

  it("requests only one or two more pages if some of a short list are hidden", () => {
    for (let hidden = 1; hidden <= 40; hidden++) {
      const behind = new ZitadelList(40, (index) => index >= 40 - hidden);
      assert.ok(paginateIn(behind, 100, () => undefined).pages <= 2);
      assert.ok(paginateIn(behind, 40, () => undefined).pages <= 2);
      const before = new ZitadelList(40, (index) => index < hidden);
      assert.ok(paginateIn(before, 100, () => undefined).pages <= 3);
    }
  });

  it("finds its position directly by the total, or otherwise in growing steps", () => {
    for (const [total, most] of Object.entries({ told: 2, "of the page": 20 })) {
      const list = new ZitadelList(10_000, () => false);
      let pages = 0;
      let since = 0;
      const result = paginate({
        size: 20,
        maxPages: 1_000,
        respond(query) {
          pages++;
          const page = list.respond(query);
          return total === "told" ? page : { ...page, total: page.ids.length };
        },
        onItems(ids) {
          if (ids.includes("3000")) {
            // All but the first and the last hundred of what was read.
            list.remove(Array.from({ length: 2_800 }, (_, index) => `${index + 100}`));
            since = pages;
          } else if (since > 0 && ids.length > 0) {
            assert.ok(pages - since <= most, `${total}: ${pages - since} pages`);
            return "leave";
          }
          return undefined;
        },
      });
      assert.equal(result.aborted, undefined);
    }
  });
});

/** A pseudo-random number from 0 that depends on both. */
function noise(index: number, seed: number): number {
  return Math.imul(Math.imul(index + 1, 0x9e3779b1) ^ seed, 0x85ebca6b) >>> 8;
}
