import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { OffsetPaginator, type PageQuery } from "../../../src/client/lists/offset-paginator.ts";
import { type Choose, explore } from "./support/explore.ts";
import { type Model, ModelServer } from "./support/model-server.ts";
import { type Paginated, paginate } from "./support/paginate.ts";

/** A server and a page size; `loop` deletes each page before the next is read. */
interface Scene {
  readonly name: string;
  readonly model: Model;
  readonly sizes: readonly number[];
  readonly loop?: boolean;
  /** Default: all but as it happens. */
  readonly growths?: readonly (keyof typeof GROWTHS)[];
  /** How many of all cases may fail: those in which the list changes in each round. */
  readonly mayAbort?: number;
}

/** How many items to request for the next page, given the last limit and the first. */
type Growth = (page: { readonly limit: number; readonly first: number; readonly choose: Choose }) => number;

/** How page sizes may change. */
const GROWTHS = {
  never: undefined,
  "by one": ({ limit }) => limit + 1,
  "at once": ({ first }) => 2 * first + 1,
  "as it happens": ({ limit, first, choose }) => (limit > 1 && choose(2) === 1 ? first : first + 2),
} as const satisfies Record<string, Growth | undefined>;

const ANY_ORDER_KEPT = { changes: ["create", "delete"] } as const;
const GROWN = ["never", "at once"] as const;
const TOTALS = ["true", "always true", "of the page", "none"] as const;

const SCENES: readonly Scene[] = [
  ...TOTALS.flatMap((total): Scene[] => [
    {
      name: `while items are created and deleted, with a total that is ${total}`,
      model: { count: 5, total, ...ANY_ORDER_KEPT, changeLimit: 2 },
      sizes: [1, 2, 3, 4],
      growths: ["never", "by one", "at once"],
    },
    {
      name: `to a loop that deletes them, while others are created and deleted, with a total that is ${total}`,
      model: { count: 5, total, ...ANY_ORDER_KEPT, changeLimit: 2 },
      sizes: [1, 2, 3, 4],
      loop: true,
    },
  ]),
  {
    name: "while three items are created or deleted",
    model: { count: 4, total: "true", ...ANY_ORDER_KEPT, changeLimit: 3 },
    sizes: [2, 3],
    growths: ["never"],
  },
  {
    name: "while three items are created or deleted, with no total",
    model: { count: 3, total: "none", ...ANY_ORDER_KEPT, changeLimit: 3 },
    sizes: [2],
    growths: ["never"],
  },
  {
    name: "in a longer list, while three items are created or deleted",
    model: { count: 7, total: "true", ...ANY_ORDER_KEPT, changeLimit: 3 },
    sizes: [4],
    growths: ["never", "at once"],
  },
  {
    name: "from a server that returns any number of items up to the limit",
    model: { count: 4, total: "true", stingy: true, ...ANY_ORDER_KEPT, changeLimit: 1 },
    sizes: [2, 3],
  },
  {
    name: "from a server that silently limits pages to two items",
    model: { count: 5, total: "true", cap: { at: 2, said: false }, ...ANY_ORDER_KEPT, changeLimit: 2 },
    sizes: [3, 4],
  },
  {
    name: "from a server that silently limits pages to two items, and reports no total",
    model: { count: 5, total: "none", cap: { at: 2, said: false }, ...ANY_ORDER_KEPT, changeLimit: 2 },
    sizes: [3, 4],
  },
  {
    name: "from a server that allows one item per page",
    model: {
      count: 4,
      total: "true",
      cap: { at: 1, said: true },
      ...ANY_ORDER_KEPT,
      changeLimit: 2,
      oneKind: true,
    },
    sizes: [1, 2, 3],
    mayAbort: 0.06,
  },
  {
    name: "from a server that allows one item per page, and reports the total of the page",
    model: {
      count: 3,
      total: "of the page",
      cap: { at: 1, said: true },
      changes: ["create"],
      changeLimit: 1,
    },
    sizes: [2],
  },
  {
    name: "where any are hidden",
    model: { count: 5, total: "true", hides: true, ...ANY_ORDER_KEPT, changeLimit: 1, oneKind: true },
    sizes: [1, 2, 3, 4],
  },
  {
    name: "where any are hidden, while two are created or deleted",
    model: { count: 3, total: "true", hides: true, ...ANY_ORDER_KEPT, changeLimit: 2, oneKind: true },
    sizes: [2, 3],
  },
  {
    name: "where any are hidden, to a loop that deletes them",
    model: { count: 6, total: "true", hides: true, ...ANY_ORDER_KEPT, changeLimit: 1, oneKind: true },
    sizes: [2, 3, 4],
    loop: true,
  },
  ...TOTALS.map(
    (total): Scene => ({
      name: `in pages of any size each, with a total that is ${total}`,
      model: { count: 4, total, ...ANY_ORDER_KEPT, changeLimit: 1 },
      sizes: [1, 2, 3],
      growths: ["as it happens"],
    }),
  ),
  {
    name: "in pages of any size each, while two are created or deleted",
    model: { count: 3, total: "true", ...ANY_ORDER_KEPT, changeLimit: 2 },
    sizes: [2],
    growths: ["as it happens"],
  },
  {
    name: "in pages of any size each, while they move",
    model: { count: 5, total: "true", changes: ["move"], changeLimit: 1 },
    sizes: [1, 2, 3],
    growths: ["as it happens"],
  },
  {
    name: "in pages of any size each, where any are hidden",
    model: { count: 3, total: "true", hides: true, ...ANY_ORDER_KEPT, changeLimit: 1, oneKind: true },
    sizes: [1, 2, 3],
    growths: ["as it happens"],
  },
  {
    name: "in pages that grow again after the server refused a larger limit",
    model: { count: 4, total: "true", refuses: 2, ...ANY_ORDER_KEPT, changeLimit: 2, oneKind: true },
    sizes: [2, 3],
  },
  {
    name: "while they move",
    model: { count: 5, total: "true", changes: ["move"], changeLimit: 2 },
    sizes: [1, 2, 3, 4],
    mayAbort: 0.001,
  },
  {
    name: "in a longer list, while they move",
    model: { count: 8, total: "true", changes: ["move"], changeLimit: 2 },
    sizes: [4],
    mayAbort: 0.001,
  },
  {
    name: "while one is created, deleted or moved, and then another",
    model: { count: 4, total: "true", changes: ["move", "create", "delete"], changeLimit: 2 },
    sizes: [2, 3],
  },
  {
    name: "while three are created, deleted or moved, the same way between two pages",
    model: { count: 4, total: "true", changes: ["move", "create", "delete"], changeLimit: 3, oneKind: true },
    sizes: [3],
    mayAbort: 0.003,
  },
];

/** How many pages may contain something new. Pages of one item are enlarged, unless the server refuses. */
function mostPages(server: ModelServer, { yielded }: Paginated, size: number): number {
  const given = Math.min(Math.max(size, 2), server.model.cap?.at ?? Number.POSITIVE_INFINITY);
  return 2 + (3 * (yielded.length + server.hidden)) / given;
}

/** Fails unless the iteration kept its guarantees. The log is only formatted then, which saves half of the time. */
function assertKept(server: ModelServer, result: Paginated, size: number): void {
  const { yielded, fruitful, aborted } = result;
  const fail = (what: string) =>
    assert.fail([what, `pages of ${size}`, ...server.log, aborted ?? "end"].join("\n"));
  const missing = [...server.visibleAllAlong].filter((id) => !yielded.includes(id));
  if (aborted === undefined && missing.length > 0) fail(`missing: ${missing}`);
  if (new Set(yielded).size < yielded.length) fail(`twice: ${yielded}`);
  if (fruitful > mostPages(server, result, size)) fail(`${fruitful} pages have something new`);
}

/** The same for an iteration that was left and resumed. It may only fail where items were deleted. */
function assertResumed(server: ModelServer, [first, rest]: [Paginated, Paginated], size: number): void {
  const yielded = [...first.yielded, ...rest.yielded];
  const story = () => [`pages of ${size}`, ...server.log, rest.aborted ?? "end"].join("\n");
  if (new Set(yielded).size < yielded.length) assert.fail(story());
  const missing = [...server.visibleAllAlong].filter((id) => !yielded.includes(id));
  if (rest.aborted === undefined && missing.length > 0) assert.fail(story());
  if (rest.aborted === undefined) return;
  assert.match(rest.aborted, /the position in it is lost/);
  if (size > 1) assert.match(story(), /delete/);
}

describe("the iteration of a small list, in every way in which it can change between its pages", () => {
  let cases = 0;
  after(() => console.log(`${cases} cases explored`));

  for (const { name, model, sizes, loop = false, growths = GROWN, mayAbort = 0 } of SCENES) {
    it(`yields each item once that is visible throughout, ${name}`, () => {
      for (const [growth, size] of growths.flatMap((growth) =>
        sizes.map((size) => [growth, size] as const),
      )) {
        const grow: Growth | undefined = GROWTHS[growth];
        let aborted = 0;
        const explored = explore((choose) => {
          const server = new ModelServer(model, choose);
          const result = paginate({
            size,
            maxPages: 100,
            respond(query) {
              const page = server.respond(query);
              const nextLimit = grow?.({ limit: page.limit, first: size, choose });
              return nextLimit === undefined ? page : { ...page, nextLimit };
            },
            onItems(ids) {
              if (loop) server.delete(ids);
              server.change();
              return undefined;
            },
          });
          assertKept(server, result, size);
          if (result.aborted !== undefined) aborted++;
        });
        cases += explored;
        assert.ok(
          aborted <= mayAbort * explored,
          `${aborted} of ${explored} with pages of ${size} that grow ${growth} fail`,
        );
      }
    });
  }

  it("yields each item once that is visible throughout when it is left after any page and resumed", () => {
    for (const size of [1, 2, 3]) {
      cases += explore((choose) => {
        const server = new ModelServer(
          { count: 5, total: "true", ...ANY_ORDER_KEPT, changeLimit: 2 },
          choose,
        );
        const respond = (query: PageQuery) => server.respond(query);
        const onItems = () => {
          server.change();
          return choose(2) === 1 ? ("leave" as const) : undefined;
        };
        const first = paginate({ size, maxPages: 100, respond, onItems });
        const rest = paginate({ size, maxPages: 100, respond, cursor: first.cursor });
        assertResumed(server, [first, rest], size);
      });
    }
  });

  it("yields nothing from before its offset, and everything after it that was there throughout", () => {
    for (const size of [2, 3]) {
      cases += explore((choose) => {
        const server = new ModelServer(
          { count: 5, total: "true", ...ANY_ORDER_KEPT, changeLimit: 2 },
          choose,
        );
        const { yielded, aborted } = paginate({
          size,
          start: 2,
          maxPages: 100,
          respond: (query) => server.respond(query),
          onItems: () => void server.change(),
        });
        const missing = ["c", "d", "e"].filter(
          (id) => server.visibleAllAlong.has(id) && !yielded.includes(id),
        );
        if (aborted === undefined) assert.deepEqual(missing, [], server.log.join("\n"));
        else assert.ok(server.visibleAllAlong.size < 4, `${server.log.join("\n")}\n${aborted}`);
        assert.ok(!yielded.includes("a") && !yielded.includes("b"), server.log.join("\n"));
      });
    }
  });

  it("ends with one page where nothing is at its offset", () => {
    const respond = ({ limit }: PageQuery) => ({ ids: [], total: 0, limit });
    const { pages, aborted } = paginate({ size: 2, start: 5, maxPages: 10, respond });
    assert.deepEqual([pages, aborted], [1, undefined]);
  });

  it("goes back no further than its offset where nothing was visible there and items before it are deleted", () => {
    let pages = 0;
    const { yielded, aborted } = paginate({
      size: 2,
      start: 2,
      maxPages: 10,
      respond({ offset, limit }) {
        // In the first list, "c" and "d" are hidden.
        const list = pages++ === 0 ? ["a", "b", "", "", "e", "f", "g"] : ["a", "b", "f", "g"];
        return { ids: list.slice(offset, offset + limit).filter(Boolean), total: list.length, limit };
      },
    });
    assert.deepEqual([yielded, aborted], [["f", "g"], undefined]);
  });

  it("finds an item that moved to the front of a list without a total", () => {
    let moved = false;
    const { yielded } = paginate({
      size: 3,
      maxPages: 20,
      respond: ({ offset, limit }) => ({
        ids: [...(!moved ? "abcdef" : "fabcde")].slice(offset, offset + limit),
        total: 0,
        limit,
      }),
      onItems: () => {
        moved = true;
        return undefined;
      },
    });
    assert.deepEqual(yielded.toSorted(), ["a", "b", "c", "d", "e", "f"]);
  });

  for (const [name, first, behind] of [
    ["in front of it", "abcde", "eabcd"],
    ["in exchange for a known one", "abecd", "ebacd"],
  ] as const) {
    it(`fails where an item moves ${name} in every round, whether the last page is full or short`, () => {
      for (const size of [2, first.indexOf("e")]) {
        const result = paginate({
          size,
          maxPages: 100,
          respond: ({ offset, limit }) => ({
            // Whatever page is read, "e" is on another one.
            ids: [...(offset <= first.indexOf("e") - limit ? first : behind)].slice(offset, offset + limit),
            total: 5,
            limit,
          }),
        });
        assert.match(result.aborted ?? "", /items move/, `pages of ${size}`);
        assert.deepEqual(result.yielded.toSorted(), ["a", "b", "c", "d"]);
      }
    });
  }

  it("fails where an item moves in front of it in every round, and another is created once that one was seen", () => {
    const result = paginate({
      size: 2,
      maxPages: 100,
      respond: ({ offset }) => {
        const list = offset < 2 ? "abcdef" : offset < 4 ? "fabcde" : "Nfabcde";
        return { ids: [...list].slice(offset, offset + 2), total: list.length, limit: 2 };
      },
    });
    assert.match(result.aborted ?? "", /items move/);
    assert.deepEqual(result.yielded, ["a", "b", "c", "d", "e"]);
  });
});

describe("the effort of an iteration", () => {
  it("is three readings of the list at most, even if each finds something new", () => {
    let readings = 0;
    const result = paginate({
      size: 2,
      maxPages: 200,
      respond: ({ offset, limit }) => {
        if (offset === 0) readings += 1;
        const created = Array.from({ length: readings - 1 }, (_, index) => `N${index}`);
        const rest = [...created, "a", "b", "c", "d"];
        // Whatever page is read, "e" is on another one.
        const list = offset <= rest.length - limit ? [...rest, "e"] : ["e", ...rest];
        return { ids: list.slice(offset, offset + limit), total: list.length, limit };
      },
    });
    assert.match(result.aborted ?? "", /items move/);
    assert.equal(readings, 3);
    assert.deepEqual(result.yielded.toSorted(), ["N0", "N1", "a", "b", "c", "d"]);
  });

  it("is the same small steps back each time that items were deleted before it", () => {
    let list = Array.from({ length: 40 }, (_, index) => `${index}`);
    const deletions = new Set([9, 21]);
    const offsets: number[] = [];
    const { yielded } = paginate({
      size: 4,
      maxPages: 100,
      respond: ({ offset, limit }) => {
        if (deletions.delete(offset)) list = list.slice(4);
        offsets.push(offset);
        return { ids: list.slice(offset, offset + limit), total: 0, limit };
      },
    });
    assert.deepEqual(
      yielded,
      Array.from({ length: 40 }, (_, index) => `${index}`),
    );
    const backward = offsets.flatMap((offset, index) => {
      const step = offset - (offsets[index - 1] ?? 0);
      return step < 0 ? [step] : [];
    });
    // At last it goes back to the start, to look for what may have moved.
    assert.deepEqual(backward, [-2, -4, -2, -4, -31]);
  });
});

describe("the iteration of a server that is inconsistent", () => {
  const PAGES = ["", "a", "ab", "ba", "abc", "cd", "aaa"].map(distinct);
  const lies = (offset: number, length: number) => [0, length, 5, 2 ** 53, offset + length + 1];

  it("ends, and yields nothing twice, whatever three pages it returns before the last one repeats", () => {
    for (const size of [1, 2, 3]) {
      explore((choose) => {
        // Chosen when it is read, since some lists end before the third page.
        const script: { ids: string[]; lie: number }[] = [];
        const { yielded, aborted, pages } = paginate({
          size,
          maxPages: 1_200,
          respond({ offset, limit }) {
            if (script.length < 3) script.push({ ids: PAGES[choose(PAGES.length)] ?? [], lie: choose(5) });
            const { ids, lie } = script.at(-1) ?? { ids: [], lie: 0 };
            return { ids, total: lies(offset, ids.length)[lie] ?? 0, limit };
          },
        });
        assert.equal(new Set(yielded).size, yielded.length);
        if (pages >= 30 && aborted === undefined) assert.fail(JSON.stringify(script));
      });
    }
  });

  it("fails after 1000 pages without a new item, when the total grows with each", () => {
    const { aborted, pages } = paginate({
      size: 100,
      maxPages: 1_200,
      respond: ({ offset, limit }) => ({ ids: offset === 0 ? ["a"] : [], total: offset + limit + 1, limit }),
    });
    assert.match(aborted ?? "", /nothing new/);
    // The first one, 1000, one for the item that it had, and the one that is too many.
    assert.equal(pages, 1_003);
  });

  it("ends with the items that exist where the total is 2^53, or slightly too high", () => {
    for (const total of [2 ** 53, 12]) {
      const items = [..."abcdefghi"];
      const { yielded, aborted, pages } = paginate({
        size: 4,
        maxPages: 10,
        respond: ({ offset, limit }) => ({ ids: items.slice(offset, offset + limit), total, limit }),
      });
      assert.deepEqual([yielded, aborted], [items, undefined]);
      assert.ok(pages <= 6, `${pages}`);
    }
  });

  for (const [name, total] of Object.entries({ "2^53": 2 ** 53, "of the page": 3, none: 0 })) {
    it(`ends where the server ignores the offset and the limit, with a total of ${name}`, () => {
      const { yielded, aborted, pages } = paginate({
        size: 2,
        maxPages: 10,
        respond: ({ limit }) => ({ ids: ["a", "b", "c"], total, limit }),
      });
      assert.deepEqual([yielded, aborted], [["a", "b", "c"], undefined]);
      assert.ok(pages <= 3);
    });
  }

  it("ends where the server ignores the offset and reports no more items", () => {
    for (const size of [1, 2, 3]) {
      const { yielded, aborted, pages } = paginate({
        size,
        maxPages: 10,
        respond: ({ limit }) => ({ ids: ["a", "b"], total: 2, limit }),
      });
      assert.deepEqual([yielded, aborted], [["a", "b"], undefined]);
      assert.ok(pages <= 3);
    }
  });

  it("ends a list of one item without a total", () => {
    for (const size of [1, 2, 3]) {
      const respond = ({ offset, limit }: PageQuery) => ({ ids: offset === 0 ? ["a"] : [], total: 0, limit });
      const { yielded, aborted, pages } = paginate({ size, maxPages: 1_200, respond });
      assert.deepEqual([yielded, aborted], [["a"], undefined]);
      assert.ok(pages <= 4, `${pages}`);
    }
  });

  it("fails where pages have one item and no total, so that deletions cannot be detected", () => {
    const { yielded, aborted } = paginate({
      size: 2,
      maxPages: 1_200,
      respond: ({ offset, limit }) => ({ ids: ["a", "b", "c"].slice(offset, offset + 1), total: 0, limit }),
    });
    assert.deepEqual(yielded, ["a"]);
    assert.match(aborted ?? "", /nothing new/);
  });

  it("trusts totals below 2^31 - 1, and yields nothing after the end", () => {
    for (const total of [2 ** 31 - 2, 2 ** 31 - 1]) {
      const paginator = new OffsetPaginator(0, 4);
      paginator.take({ ids: ["a"], total, limit: 4 });
      // A check of the end of the page, or the next page.
      assert.equal(paginator.next?.limit, total < 2 ** 31 - 1 ? 1 : 4);
    }
    const paginator = new OffsetPaginator(0, 4);
    paginator.take({ ids: ["a"], total: 1, limit: 4 });
    assert.throws(() => paginator.take({ ids: ["b"], total: 1, limit: 4 }), /over/);
  });

  it("fails where the server ignores the offset and reports more items, or no total", () => {
    for (const total of [7, 0]) {
      const { aborted } = paginate({
        size: 2,
        maxPages: 10,
        respond: ({ limit }) => ({ ids: ["a", "b"].slice(0, limit), total, limit }),
      });
      assert.match(aborted ?? "", /ignores the offset/);
    }
  });

  it("continues where a page equals the previous one because as many items were created in front of it", () => {
    let items = ["a", "b", "c", "d"];
    const { yielded, aborted } = paginate({
      size: 2,
      maxPages: 20,
      respond({ offset, limit }) {
        if (offset === 1 && items.length === 4) items = ["n", ...items];
        return {
          ids: items.slice(offset, offset + limit),
          total: offset < items.length ? items.length : 0,
          limit,
        };
      },
    });
    assert.equal(aborted, undefined);
    assert.deepEqual(
      yielded.filter((id) => id !== "n"),
      ["a", "b", "c", "d"],
    );
  });
});

/** Keys as the iteration makes them: an item that is on a page twice is distinguished by a number. */
function distinct(page: string): string[] {
  return [...page].map((id, index) => (page.indexOf(id) === index ? id : `${id}#${index}`));
}
