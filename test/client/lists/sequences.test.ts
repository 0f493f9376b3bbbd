import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ManagementService } from "../../../gen/zitadel/management_pb.js";
import { ListError } from "../../../src/client/lists/list-error.ts";
import { Code } from "../../../src/index.ts";
import { assertSame } from "./support/assert-same.ts";
import { ListServer } from "./support/list-server.ts";

describe("a list that is paged by sequence", () => {
  let server: ListServer;
  before(async () => {
    server = await ListServer.start(ManagementService);
  });
  after(() => server[Symbol.asyncDispose]());

  /** The changes of a user, in pages of ten. */
  const list = (asc: boolean) =>
    server.zitadel.management.v1.listUserChanges({ query: { asc } }, { pageSize: 10 });

  it("has something new on each page, and a page if there are no changes", async () => {
    for (const [count, sizes] of [
      [20, [10, 10]],
      [25, [10, 10, 5]],
      [0, [0]],
    ] as const) {
      server.fill(ManagementService.method.listUserChanges, count);
      const found: number[] = [];
      for await (const { items } of list(true).pages()) found.push(items.length);
      assert.deepEqual(found, sizes);
    }
  });

  for (const asc of [true, false]) {
    const order = asc ? "ascending" : "descending";

    it(`is yielded as it is where it has one page, in ${order} order or none`, async () => {
      const items = server.fill(ManagementService.method.listUserChanges, 9);
      server.behavior.items = [...items.slice(4), ...items.slice(0, 4)];
      const expected = asc ? server.behavior.items : server.behavior.items.toReversed();
      assertSame(await list(asc).toArray(), expected, order);
    });

    for (const [name, at, yielded] of [
      ["its first page", 5, 10],
      ["a later page", 15, 10],
    ] as const) {
      it(`fails where ${name} is not in ${order} order, rather than skip some`, async () => {
        const items = server.fill(ManagementService.method.listUserChanges, 30);
        const ordered = asc ? items : items.toReversed();
        [ordered[at], ordered[at + 1]] = [ordered[at + 1], ordered[at]];
        server.behavior.items = asc ? ordered : ordered.toReversed();
        const error = await list(asc)
          .toArray()
          .catch((error: unknown) => error);
        assert.ok(error instanceof ListError);
        assert.deepEqual([error.code, error.yielded], [Code.FailedPrecondition, yielded]);
        assert.match(error.message, /events of several objects/);
      });
    }
  }
});
