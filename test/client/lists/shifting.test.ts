import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import type { User } from "../../../gen/zitadel/user/v2/user_pb.js";
import { UserService } from "../../../gen/zitadel/user/v2/user_service_pb.js";
import { ListError } from "../../../src/client/lists/list-error.ts";
import { Code } from "../../../src/index.ts";
import { makeItems } from "./support/items.ts";
import { ListServer } from "./support/list-server.ts";

const listUsers = UserService.method.listUsers;
const ids = (users: readonly unknown[]) => users.map((user) => (user as User).userId);

/** Each run reads a list over HTTP; offset-paginator.test.ts has many more runs, without HTTP. */
const RUNS = { numRuns: 25 };

interface Change {
  /** Runs when so many items have been yielded. */
  readonly on: number;
  readonly at: number;
  readonly remove: boolean;
  readonly count: number;
}

describe("a list that changes while it is iterated", () => {
  let server: ListServer;
  const remove = ({ userId }: User) => {
    server.behavior.items = server.behavior.items.filter((item) => (item as User).userId !== userId);
  };
  /** Removes items and adds them to `gone`, or inserts new ones. */
  const apply = ({ at, remove, count }: Change, created: unknown[], gone: Set<string>) => {
    const { items } = server.behavior;
    if (remove) for (const id of ids(items.splice(at, count))) gone.add(id);
    else items.splice(at, 0, ...created.splice(0, count));
  };
  beforeEach(async () => {
    server = await ListServer.start(UserService);
  });
  afterEach(() => server[Symbol.asyncDispose]());

  for (const pageSize of [1, 2, 3, 10, 99, 100, 101]) {
    it(`yields every item to a loop that deletes what it gets, in pages of ${pageSize}`, async () => {
      const items = server.fill(listUsers, 321);
      const yielded: User[] = [];
      for await (const user of server.zitadel.user.v2.listUsers({}, { pageSize })) {
        yielded.push(user);
        remove(user);
      }
      assert.deepEqual(ids(yielded), ids(items));
      assert.deepEqual(server.behavior.items, []);
    });
  }

  it("yields every item once that exists throughout, whatever else is created and deleted", async () => {
    const change = fc.record({
      on: fc.nat(80),
      at: fc.nat(80),
      remove: fc.boolean(),
      count: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 15 }),
        fc.array(change, { maxLength: 12 }),
        async (pageSize, changes) => {
          const items = server.fill(listUsers, 60);
          const created = makeItems(listUsers, 1_000).slice(60);
          const gone = new Set<string>();
          const yielded: User[] = [];
          for await (const user of server.zitadel.user.v2.listUsers({}, { pageSize })) {
            yielded.push(user);
            for (const change of changes.filter(({ on }) => on === yielded.length))
              apply(change, created, gone);
          }
          const staying = ids(items).filter((id) => !gone.has(id));
          assert.deepEqual(new Set(ids(yielded)).size, yielded.length, "none twice");
          assert.deepEqual(
            ids(yielded).filter((id) => staying.includes(id)),
            staying,
          );
        },
      ),
      RUNS,
    );
  });

  it("yields every item once when one moves from anywhere to anywhere", async () => {
    const place = fc.nat(59);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 25 }),
        place,
        place,
        place,
        async (pageSize, on, from, to) => {
          const items = server.fill(listUsers, 60);
          const yielded: User[] = [];
          for await (const user of server.zitadel.user.v2.listUsers({}, { pageSize })) {
            yielded.push(user);
            const current = server.behavior.items;
            if (yielded.length === on) current.splice(to, 0, ...current.splice(from, 1));
          }
          assert.deepEqual(ids(yielded).toSorted(), ids(items).toSorted());
        },
      ),
      RUNS,
    );
  });

  it("yields no item twice when items move behind the position of the loop", async () => {
    server.fill(listUsers, 300);
    const yielded: User[] = [];
    for await (const user of server.zitadel.user.v2.listUsers()) {
      yielded.push(user);
      // As when a loop renames what the list is sorted by.
      const { items } = server.behavior;
      if (yielded.length <= 300) items.push(...items.splice(ids(items).indexOf(user.userId), 1));
    }
    assert.deepEqual(ids(yielded).toSorted(), [...new Set(ids(yielded))].toSorted());
    assert.equal(yielded.length, 300);
  });

  for (const [name, change] of Object.entries({
    deletes: (items: unknown[], at: number): void => void items.splice(at, 1),
    "moves to the end": (items: unknown[], at: number): void => void items.push(...items.splice(at, 1)),
  })) {
    for (const faster of [1, 60, 99, 100]) {
      it(`yields every item to a loop that ${name} what it gets, ${faster} of it before the next page is read`, async () => {
        const items = server.fill(listUsers, 150);
        const gate = Promise.withResolvers<void>();
        server.behavior.before = ({ offset }) => (offset > 0 ? gate.promise : undefined);
        const yielded: User[] = [];
        for await (const user of server.zitadel.user.v2.listUsers()) {
          yielded.push(user);
          change(server.behavior.items, ids(server.behavior.items).indexOf(user.userId));
          if (yielded.length === faster) gate.resolve();
        }
        assert.deepEqual(ids(yielded), ids(items));
      });
    }
  }

  it("yields nothing from before the offset of the request, however the list shifts", async () => {
    const items = server.fill(listUsers, 100);
    const yielded: User[] = [];
    for await (const user of server.zitadel.user.v2.listUsers({ query: { offset: 50n } }, { pageSize: 10 })) {
      yielded.push(user);
      if (yielded.length === 15) server.behavior.items = server.behavior.items.slice(20);
    }
    assert.deepEqual(ids(yielded), ids(items.slice(50)));
  });

  it("fails when it cannot find its position, rather than skip items", async () => {
    server.fill(listUsers, 300);
    const iteration = server.zitadel.user.v2.listUsers().pages();
    const first = await iteration.next();
    await iteration.return(undefined);
    assert.ok(!first.done);
    server.behavior.items = makeItems(listUsers, 900).slice(600);
    const { cursor } = first.value;
    await assert.rejects(server.zitadel.user.v2.listUsers({}, { resumeFrom: cursor }).toArray(), (error) => {
      assert.ok(error instanceof ListError);
      assert.equal(error.code, Code.Aborted);
      assert.deepEqual(error.cursor, cursor);
      return true;
    });
  });

  it("ends even if the server has another order each time", async () => {
    const items = server.fill(listUsers, 50);
    let turn = 0;
    server.behavior.before = () => {
      turn += 17;
      server.behavior.items = items.map((_, index) => items[(index * 7 + turn) % items.length]);
    };
    const users = await server.zitadel.user.v2
      .listUsers({}, { pageSize: 5 })
      .toArray()
      .catch((error) => {
        assert.equal(error.code, Code.Aborted);
        return [];
      });
    assert.equal(new Set(ids(users)).size, users.length);
  });
});
