import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, beforeEach, describe, it } from "node:test";
import { inspect } from "node:util";
import { ConnectError } from "@connectrpc/connect";
import { AdminService } from "../../../gen/zitadel/admin_pb.js";
import { OrganizationService } from "../../../gen/zitadel/org/v2/org_service_pb.js";
import { OrganizationFieldName } from "../../../gen/zitadel/org/v2/query_pb.js";
import { SessionFieldName } from "../../../gen/zitadel/session/v2/session_pb.js";
import { SessionService } from "../../../gen/zitadel/session/v2/session_service_pb.js";
import { UserFieldName } from "../../../gen/zitadel/user/v2/query_pb.js";
import { UserService } from "../../../gen/zitadel/user/v2/user_service_pb.js";
import { ListError } from "../../../src/client/lists/list-error.ts";
import { Code, createZitadel, ZitadelError } from "../../../src/index.ts";
import { assertSame } from "./support/assert-same.ts";
import { ListServer } from "./support/list-server.ts";

const listUsers = UserService.method.listUsers;

describe("a list", () => {
  let server: ListServer;
  beforeEach(async () => {
    server = await ListServer.start(UserService, OrganizationService, SessionService, AdminService);
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const limits = () => server.asked.map(({ limit }) => limit);
  const offsets = () => server.asked.map(({ offset }) => offset);

  describe("that is awaited", () => {
    it("is the response to the request, unchanged", async () => {
      server.fill(listUsers, 250);
      const response = await server.zitadel.user.v2.listUsers(
        { query: { offset: 20n, limit: 7 } },
        { pageSize: 50 },
      );
      assert.equal(response.$typeName, "zitadel.user.v2.ListUsersResponse");
      assert.equal(response.result.length, 7);
      assert.equal(response.details?.totalResult, 250n);
      assert.deepEqual([limits(), offsets()], [[7], [20]]);
      assert.equal(server.asked[0]?.request["sortingColumn"], UserFieldName.UNSPECIFIED);
    });

    it("sends nothing until it is awaited, and then one request", async () => {
      server.fill(listUsers, 1);
      const list = server.zitadel.user.v2.listUsers();
      assert.ok(list instanceof Promise);
      assert.equal(await Promise.race([list.catch(() => 0), list]), await list);
      assert.equal(server.asked.length, 1);
    });

    it("fails as any call does", async () => {
      server.behavior.before = () => {
        throw new ConnectError("no", Code.PermissionDenied);
      };
      await assert.rejects(server.zitadel.user.v2.listUsers(), (error) => {
        assert.ok(error instanceof ZitadelError && !(error instanceof ListError));
        assert.equal(error.code, Code.PermissionDenied);
        return true;
      });
    });

    it("accepts the options of a call", async () => {
      server.fill(listUsers, 1);
      let header: string | null = null;
      server.behavior.before = (_, context) => {
        header = context.requestHeader.get("x-test");
      };
      await server.zitadel.user.v2.listUsers({}, { headers: { "x-test": "yes" } });
      assert.equal(header, "yes");
    });
  });

  describe("that is iterated", () => {
    it("requests a hundred items first, and then as many as a page may have", async (t) => {
      t.mock.method(performance, "now", () => 0);
      const items = server.fill(listUsers, 2_500);
      assertSame(await server.zitadel.user.v2.listUsers().toArray(), items, "users");
      assert.deepEqual(limits(), [100, 1_000, 1_000, 1_000]);
    });

    it("continues with smaller pages where the server cannot send a large one, and does not request it twice", async () => {
      for (const message of [
        "grpc: trying to send message larger than max (11534336 vs. 10485760)",
        "trying to send message larger than max (11534336 vs. 10485760)",
      ]) {
        const items = server.fill(listUsers, 700);
        server.behavior.before = ({ limit }) => {
          if (limit > 60) throw new ConnectError(message, Code.ResourceExhausted);
        };
        assertSame(await server.zitadel.user.v2.listUsers({}, { pageSize: 200 }).toArray(), items, "users");
        assert.deepEqual(limits().slice(0, 3), [200, 100, 50]);
      }
    });

    it("returns to the size that worked where a larger page is refused", async () => {
      for (const code of [Code.InvalidArgument, Code.OutOfRange]) {
        const items = server.fill(listUsers, 350);
        server.behavior.before = ({ limit }) => {
          if (limit > 100) throw new ConnectError("too much", code);
        };
        assertSame(await server.zitadel.user.v2.listUsers().toArray(), items, "users");
        assert.deepEqual(limits().filter((limit) => limit > 100).length, 1);
        await assert.rejects(server.zitadel.user.v2.listUsers({}, { pageSize: 200 }).toArray(), { code });
      }
    });

    it("has pages of the size of its option, or else of the request's limit, up to 1000", async () => {
      server.fill(listUsers, 1);
      const { v2 } = server.zitadel.user;
      await v2.listUsers({ query: { limit: 30 } }, { pageSize: 40 }).toArray();
      await v2.listUsers({ query: { limit: 30 } }).toArray();
      await v2.listUsers({ query: { limit: 5000 } }).toArray();
      assert.deepEqual(limits(), [40, 30, 1000]);
      assert.throws(() => v2.listUsers({}, { pageSize: 1001 }), TypeError);
      assert.throws(() => v2.listUsers({}, { pageSize: 0 }), TypeError);
    });

    it("begins at the offset of the request", async () => {
      const items = server.fill(listUsers, 250);
      const users = await server.zitadel.user.v2.listUsers({ query: { offset: 120n } }).toArray();
      assertSame(users, items.slice(120), "users");
    });

    it("does not change the request", async () => {
      server.fill(listUsers, 250);
      const request = { query: { asc: true } };
      await server.zitadel.user.v2.listUsers(request).toArray();
      assert.deepEqual(request, { query: { asc: true } });
      assert.ok(server.asked.every(({ ascending }) => ascending));
    });

    it("ends with a short page, without requesting another", async () => {
      server.fill(listUsers, 150);
      server.behavior.total = "length of the page";
      await server.zitadel.user.v2.listUsers().toArray();
      assert.equal(server.asked.length, 2);
    });

    it("has a stable order where the request offers one and the caller chose none", async () => {
      const { org, session } = server.zitadel;
      server.behavior.items = [];
      await org.v2.listOrganizations().toArray();
      await session.v2.listSessions().toArray();
      await server.zitadel.user.v2.listUsers({ sortingColumn: UserFieldName.EMAIL }).toArray();
      assert.deepEqual(
        server.asked.map(({ request }) => request["sortingColumn"]),
        [OrganizationFieldName.NAME, SessionFieldName.CREATION_DATE, UserFieldName.EMAIL],
      );
    });

    it("reads the next page while the caller works on the current one", async () => {
      server.fill(listUsers, 250);
      const second = Promise.withResolvers<void>();
      server.behavior.before = ({ offset }) => (offset > 0 ? second.resolve() : undefined);
      for await (const _ of server.zitadel.user.v2.listUsers()) {
        await second.promise;
        break;
      }
      assert.equal(server.asked.length, 2);
    });

    it("cancels the pending request when the loop is left", async () => {
      server.fill(listUsers, 250);
      const started = Promise.withResolvers<void>();
      const canceled = Promise.withResolvers<void>();
      server.behavior.before = async ({ offset }, { signal }) => {
        if (offset === 0) return;
        signal.addEventListener("abort", () => canceled.resolve());
        started.resolve();
        await canceled.promise;
      };
      for await (const _ of server.zitadel.user.v2.listUsers()) {
        await started.promise;
        break;
      }
      await canceled.promise;
    });

    it("stops immediately when the signal aborts, and reports how far it got", async () => {
      const items = server.fill(listUsers, 250);
      const abort = new AbortController();
      const yielded: unknown[] = [];
      const loop = async () => {
        for await (const user of server.zitadel.user.v2.listUsers({}, { signal: abort.signal })) {
          yielded.push(user);
          if (yielded.length === 130) abort.abort();
        }
      };
      const error = await loop().catch((error: unknown) => error);
      assert.ok(error instanceof ListError);
      assert.deepEqual([error.code, error.yielded, yielded.length], [Code.Canceled, 130, 130]);
      const rest = await server.zitadel.user.v2.listUsers({}, { resumeFrom: error.cursor }).toArray();
      assertSame([...yielded, ...rest], items, "users");
    });

    it("names the page that failed and how many items were yielded, and can be resumed from there", async () => {
      const items = server.fill(listUsers, 250);
      server.behavior.before = ({ offset }) => {
        if (offset > 100) throw new ConnectError("membership not found", Code.PermissionDenied);
      };
      const yielded: unknown[] = [];
      const loop = async () => {
        for await (const user of server.zitadel.user.v2.listUsers({}, { pageSize: 100 })) yielded.push(user);
      };
      const error = await loop().catch((error: unknown) => error);
      assert.ok(error instanceof ListError && error instanceof ZitadelError);
      assert.deepEqual([error.page, error.yielded, error.code], [3, yielded.length, Code.PermissionDenied]);
      assert.equal(error.method, "zitadel.user.v2.UserService/ListUsers");
      assert.match(error.message, /page 3, after 199 items: membership not found/);
      server.behavior.before = () => {};
      const rest = await server.zitadel.user.v2.listUsers({}, { resumeFrom: error.cursor }).toArray();
      assertSame([...yielded, ...rest], items, "users");
    });

    it("sends new requests each time it is iterated", async () => {
      const items = server.fill(listUsers, 120);
      const list = server.zitadel.user.v2.listUsers();
      assertSame(await list.toArray(), items, "first");
      assertSame(await list.toArray(), items, "second");
    });

    it("yields all events of a server that silently shortens pages", async () => {
      const events = server.fill(AdminService.method.listEvents, 150);
      Object.assign(server.behavior, { max: 20, above: "cut" });
      const { listEvents } = server.zitadel.admin.v1;
      assertSame(await listEvents({ asc: true }, { pageSize: 50 }).toArray(), events, "events");
    });

    it("refuses a list of events without an order, rather than skip some", async () => {
      const events = server.fill(AdminService.method.listEvents, 150);
      server.behavior.items = [...events.slice(20), ...events.slice(0, 20)];
      for (const asc of [true, false]) {
        const error = await server.zitadel.admin.v1
          .listEvents({ asc }, { pageSize: 150 })
          .toArray()
          .catch((error: unknown) => error);
        assert.ok(error instanceof ListError);
        assert.deepEqual([error.code, error.yielded], [Code.FailedPrecondition, 0]);
      }
    });
  });

  describe("by pages", () => {
    it("yields each item on one page, with the cursor after it", async () => {
      const items = server.fill(listUsers, 250);
      const pages = [];
      for await (const page of server.zitadel.user.v2.listUsers({}, { pageSize: 100 }).pages())
        pages.push(page);
      assertSame(
        pages.flatMap((page) => [...page.items]),
        items,
        "users",
      );
      assert.deepEqual(
        pages.map(({ number }) => number),
        [1, 2, 3],
      );
      assert.deepEqual(
        pages.map(({ cursor }) => cursor.yielded),
        [100, 199, 250],
      );
      assert.equal(pages[0]?.response.details?.totalResult, 250n);
    });
  });

  describe("toArray()", () => {
    it("returns as many items as its limit, and requests no more", async () => {
      const items = server.fill(listUsers, 250);
      assertSame(await server.zitadel.user.v2.listUsers().toArray({ limit: 7 }), items.slice(0, 7), "users");
      assert.deepEqual(limits(), [7]);
      assertSame(
        await server.zitadel.user.v2.listUsers().toArray({ limit: 120 }),
        items.slice(0, 120),
        "users",
      );
      assert.deepEqual(limits(), [7, 100, 120]);
      assert.deepEqual(await server.zitadel.user.v2.listUsers().toArray({ limit: 0 }), []);
      await assert.rejects(server.zitadel.user.v2.listUsers().toArray({ limit: -1 }), TypeError);
    });
  });

  describe("total()", () => {
    it("requests a single item from the server", async () => {
      server.fill(listUsers, 250);
      assert.equal(await server.zitadel.user.v2.listUsers().total(), 250);
      assert.deepEqual(limits(), [1]);
    });

    it("counts the items where the server's total is only that of the page", async () => {
      server.fill(SessionService.method.listSessions, 250);
      server.behavior.total = "length of the page";
      assert.equal(await server.zitadel.session.v2.listSessions().total(), 250);
    });

    it("counts the items where the server has no total", async () => {
      server.fill(AdminService.method.listEvents, 250);
      assert.equal(await server.zitadel.admin.v1.listEvents().total(), 250);
      server.behavior.items = [];
      assert.equal(await server.zitadel.user.v2.listUsers().total(), 0);
    });
  });

  it("calls in the async context in which it was created, wherever it is awaited or iterated", async () => {
    server.fill(listUsers, 250);
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    await using zitadel = createZitadel({
      url: server.url,
      auth: { getToken: async () => ({ token: "a-token" }) },
      interceptors: [
        (next) => (request) => {
          seen.push(context.getStore());
          return next(request);
        },
      ],
    });
    const list = context.run("where it was made", () => zitadel.user.v2.listUsers({}, { pageSize: 100 }));
    await context.run("elsewhere", async () => {
      await list;
      await list.toArray();
      await list.total();
      for await (const _ of list.pages()) assert.equal(context.getStore(), "elsewhere");
    });
    assert.deepEqual(seen, Array(8).fill("where it was made"));
  });

  it("is inspected as its RPC, without its request", () => {
    const queries = [{ query: { case: "emailQuery", value: { emailAddress: "ada@example.com" } } } as const];
    const { zitadel } = server;
    for (const list of [
      zitadel.user.v2.listUsers({ queries }),
      zitadel.client(UserService).listUsers({ queries }),
    ]) {
      assert.equal(
        inspect({ list }),
        "{\n  list: List <zitadel.user.v2.UserService.listUsers: await it for the first page, iterate over it for all items>\n}",
      );
    }
  });

  it("is also what the client of a service descriptor returns", async () => {
    const items = server.fill(listUsers, 250);
    const users = server.zitadel.client(UserService);
    const ids: string[] = [];
    for await (const user of users.listUsers()) ids.push(user.userId);
    assert.equal(ids.length, items.length);
    assert.equal((await users.listUsers({ query: { limit: 3 } })).result.length, 3);
  });
});
