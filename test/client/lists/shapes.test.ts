import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { DescMethodUnary } from "@bufbuild/protobuf";
import type { Zitadel } from "../../../src/client/create-zitadel.ts";
import type { List } from "../../../src/client/lists/list.ts";
import { methodTraits } from "../../../src/descriptor/method-traits.ts";
import { assertSame } from "./support/assert-same.ts";
import { ListServer } from "./support/list-server.ts";
import { allListMethods, type ListMethod } from "./support/methods.ts";

const methods = await allListMethods();

/** The name of a shape, by everything that affects iteration. */
function describeShape(method: DescMethodUnary): string {
  const paging = methodTraits(method).list?.paging;
  if (paging === undefined) return "without paging";
  return `by ${paging.by} with ${paging.field?.message?.typeName ?? "the request itself"}`;
}

function callList(zitadel: Zitadel, { path }: ListMethod): List<unknown, object> {
  const rpc = path.reduce<unknown>((node, segment) => (node as Record<string, unknown>)[segment], zitadel);
  return (rpc as () => List<unknown, object>)();
}

const COUNTS = { "no item": 0, "one item": 1, "one page": 100, "one page and one": 101, "many pages": 437 };

for (const [shape, members] of Map.groupBy(methods, ({ method }) => describeShape(method))) {
  describe(`a list ${shape} (${members.length} RPCs)`, () => {
    let server: ListServer;
    before(async () => {
      server = await ListServer.start(...new Set(members.map(({ method }) => method.parent)));
    });
    after(() => server[Symbol.asyncDispose]());

    for (const [name, count] of Object.entries(COUNTS)) {
      it(`yields ${name}`, async () => {
        for (const member of members) {
          const items = server.fill(member.method, count);
          const yielded: unknown[] = [];
          for await (const item of callList(server.zitadel, member)) yielded.push(item);
          const descending =
            methodTraits(member.method).list?.paging?.by !== "offset" &&
            methodTraits(member.method).list?.paging !== undefined;
          assertSame(yielded, descending ? items.reverse() : items, member.path.join("."));
        }
      });
    }
  });
}

it("these tests iterate every list RPC of the pinned API, in all of its shapes", () => {
  assert.equal(methods.length, 111);
  assert.equal(new Set(methods.map(({ method }) => describeShape(method))).size, 9);
});
