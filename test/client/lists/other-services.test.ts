import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  create,
  createFileRegistry,
  type DescMethodUnary,
  type DescService,
  type Message,
} from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { createRouterTransport } from "@connectrpc/connect";
import { List } from "../../../src/client/lists/list.ts";
import { ListError } from "../../../src/client/lists/list-error.ts";
import { serviceClient } from "../../../src/client/service-client.ts";
import { Code } from "../../../src/index.ts";

type Fields = Record<string, unknown>;
type AnyRpc = (request?: object, options?: object) => Promise<object>;

const { STRING, INT32, INT64 } = FieldDescriptorProto_Type;

/** A service with one RPC, `ListThings`, whose items are strings. */
function service(
  request: Record<string, FieldDescriptorProto_Type>,
  response: Record<string, FieldDescriptorProto_Type>,
): DescService {
  const fields = (types: Record<string, FieldDescriptorProto_Type>) =>
    Object.entries(types).map(([name, type], index) => ({
      name,
      type,
      number: index + 2,
      label: FieldDescriptorProto_Label.OPTIONAL,
    }));
  const items = { name: "things", number: 1, type: STRING, label: FieldDescriptorProto_Label.REPEATED };
  const file = create(FileDescriptorProtoSchema, {
    name: "acme.proto",
    package: "acme.v1",
    syntax: "proto3",
    messageType: [
      { name: "ListThingsRequest", field: fields(request) },
      { name: "ListThingsResponse", field: [items, ...fields(response)] },
    ],
    service: [
      {
        name: "ThingService",
        method: [
          {
            name: "ListThings",
            inputType: ".acme.v1.ListThingsRequest",
            outputType: ".acme.v1.ListThingsResponse",
          },
        ],
      },
    ],
  });
  const found = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getService(
    "acme.v1.ThingService",
  );
  return found ?? assert.fail();
}

/** `listThings()` of a client of a server with these responses. */
function client(desc: DescService, respond: (request: Fields) => Fields): AnyRpc {
  const transport = createRouterTransport(({ rpc }) => {
    const method = desc.method["listThings"] as DescMethodUnary;
    rpc(method, (request) => create(method.output, respond(request as Message & Fields)) as never);
  });
  const { listThings } = serviceClient(desc, transport) as unknown as { listThings: AnyRpc };
  return listThings;
}

const THINGS = Array.from({ length: 25 }, (_, index) => `thing-${index}`);
const byToken = service({ page_token: STRING, page_size: INT32 }, { next_page_token: STRING });

/** A server whose page tokens are offsets. */
function page({ pageToken, pageSize }: Fields): Fields {
  const from = Number(pageToken);
  const to = from + Math.min(Number(pageSize), 10);
  return { things: THINGS.slice(from, to), nextPageToken: to < THINGS.length ? String(to) : "" };
}

/** A server that is paged by offset, and returns at most ten items. */
function slice({ limit, offset }: Fields): Fields {
  return { things: THINGS.slice(Number(offset), Number(offset) + Math.min(Number(limit), 10)) };
}

function toList(result: Promise<object>): List<unknown, object> {
  assert.ok(result instanceof List);
  return result;
}

describe("a list of a service other than Zitadel's", () => {
  it("follows page tokens, and can be resumed from any of them", async () => {
    const listThings = client(byToken, page);
    assert.deepEqual(await toList(listThings()).toArray(), THINGS);
    assert.equal(await toList(listThings()).total(), 25);
    const cursors = [];
    for await (const { cursor } of toList(listThings()).pages()) cursors.push(cursor);
    for (const cursor of cursors) {
      const rest = await toList(listThings({}, { resumeFrom: JSON.parse(JSON.stringify(cursor)) })).toArray();
      assert.deepEqual(rest, THINGS.slice(cursor.yielded));
    }
    assert.equal(cursors.length, 3);
  });

  it("is counted page by page where there is no total, with the server's own tokens and no other request", async () => {
    for (const [desc, respond, positions] of [
      [byToken, page, ["", "10", "20"]],
      [service({ limit: INT32, offset: INT32 }, {}), slice, ["0", "9", "18", "24"]],
    ] as const) {
      const requested: string[] = [];
      const listThings = client(desc, (request) => {
        requested.push(String(request["pageToken"] ?? request["offset"]));
        return respond(request);
      });
      assert.equal(await toList(listThings()).total(), 25);
      assert.deepEqual(requested, positions);
    }
  });

  it("yields an item once that is on two of its pages", async () => {
    const listThings = client(byToken, (request) => {
      const { things, nextPageToken } = page(request);
      const again = request["pageToken"] === "" ? [] : ["thing-3"];
      return { things: [...again, ...(things as string[])], nextPageToken };
    });
    const items = await toList(listThings({ pageSize: 9 })).toArray();
    assert.deepEqual(items.toSorted(), THINGS.toSorted());
  });

  it("fails where the page tokens repeat, or never end while the pages are empty", async () => {
    const circle = client(byToken, ({ pageToken }) => ({
      things: [`thing-${pageToken}`],
      nextPageToken: pageToken === "a" ? "b" : "a",
    }));
    let pages = 0;
    const nothing = client(byToken, () => ({ things: [], nextPageToken: `token-${pages++}` }));
    for (const listThings of [circle, nothing]) {
      await assert.rejects(toList(listThings()).toArray(), (error) => {
        assert.ok(error instanceof ListError);
        assert.equal(error.code, Code.Aborted);
        return true;
      });
    }
    assert.equal(pages, 1_001);
  });

  it("follows more than a thousand page tokens while each page has something new", async () => {
    const listThings = client(byToken, ({ pageToken }) => {
      const number = Number(pageToken);
      return { things: [`thing-${number}`], nextPageToken: number < 1_100 ? String(number + 1) : "" };
    });
    assert.equal((await toList(listThings()).toArray()).length, 1_101);
  });

  it("uses limit and offset of any integer type", async () => {
    for (const integer of [INT32, INT64]) {
      const listThings = client(service({ limit: integer, offset: integer }, {}), slice);
      assert.deepEqual(await toList(listThings()).toArray(), THINGS);
    }
  });

  it("is a plain call where its pagination is unknown", async () => {
    const unknown = service({ page: INT32, per_page: INT32 }, { next_cursor: STRING });
    const result = client(unknown, () => ({ things: THINGS.slice(0, 10), nextCursor: "more" }))();
    assert.ok(!(result instanceof List));
    assert.deepEqual(((await result) as Fields)["nextCursor"], "more");
    assert.ok(!(client(service({ limit: INT32 }, {}), () => ({}))() instanceof List));
    assert.ok(!(client(service({ page_token: STRING }, {}), () => ({}))() instanceof List));
  });

  it("refuses the cursor of another kind of list", async () => {
    const byOffset = client(service({ limit: INT32, offset: INT32 }, {}), () => ({ things: [] }));
    for (const position of ["a token", "10 things", "things-10", "-1", ""]) {
      const resumeFrom = { pages: 1, yielded: 1, position, anchors: [] };
      await assert.rejects(
        toList(byOffset({}, { resumeFrom })).toArray(),
        /resumeFrom is the cursor of a list that is paged by token; expected one of this list/,
      );
    }
  });
});
