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

describe("a list that changes while it is iterated", () => {
  let server: ListServer;
  const remove = ({ userId }: User) => {
    server.behaviour.items = server.behaviour.items.filter((item) => (item as User).userId !== userId);
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
      assert.deepEqual(server.behaviour.items, []);
    });
  }

  it("yields every item once that was there all along, whatever else comes and goes", async () => {
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
          const gone = new Set<unknown>();
          const yielded: User[] = [];
          for await (const user of server.zitadel.user.v2.listUsers({}, { pageSize })) {
            yielded.push(user);
            for (const { at, remove, count } of changes.filter(({ on }) => on === yielded.length)) {
              const current = server.behaviour.items;
              if (remove) for (const item of current.splice(at, count)) gone.add((item as User).userId);
              else current.splice(at, 0, ...created.splice(0, count));
            }
          }
          const staying = ids(items).filter((id) => !gone.has(id));
          assert.deepEqual(new Set(ids(yielded)).size, yielded.length, "none twice");
          assert.deepEqual(
            ids(yielded).filter((id) => staying.includes(id)),
            staying,
          );
        },
      ),
    );
  });

  it("yields no item twice when items move behind the place of the loop", async () => {
    server.fill(listUsers, 300);
    const yielded: User[] = [];
    for await (const user of server.zitadel.user.v2.listUsers()) {
      yielded.push(user);
      // As when a loop renames what it sorts by.
      const { items } = server.behaviour;
      if (yielded.length <= 300) items.push(...items.splice(ids(items).indexOf(user.userId), 1));
    }
    assert.deepEqual(ids(yielded).toSorted(), [...new Set(ids(yielded))].toSorted());
    assert.equal(yielded.length, 300);
  });

  it("fails when it cannot tell where it was, and does not skip", async () => {
    server.fill(listUsers, 300);
    const iteration = server.zitadel.user.v2.listUsers().pages();
    const first = await iteration.next();
    await iteration.return(undefined);
    assert.ok(!first.done);
    server.behaviour.items = makeItems(listUsers, 900).slice(600);
    const { cursor } = first.value;
    await assert.rejects(server.zitadel.user.v2.listUsers({}, { resumeFrom: cursor }).toArray(), (error) => {
      assert.ok(error instanceof ListError);
      assert.equal(error.code, Code.Aborted);
      assert.deepEqual(error.cursor, cursor);
      return true;
    });
  });

  it("ends although the server has another order each time", async () => {
    const items = server.fill(listUsers, 50);
    let turn = 0;
    server.behaviour.before = () => {
      turn += 17;
      server.behaviour.items = items.map((_, index) => items[(index * 7 + turn) % items.length]);
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
