import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { create, createFileRegistry, type DescService, type Message } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createClient, type Interceptor } from "@connectrpc/connect";
import { AdminService } from "../../gen/zitadel/admin_pb.js";
import { SessionService } from "../../gen/zitadel/session/v2/session_service_pb.js";
import { UserFieldName } from "../../gen/zitadel/user/v2/query_pb.js";
import { UserState } from "../../gen/zitadel/user/v2/user_pb.js";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import type { ZitadelOptions } from "../../src/client/client-options.ts";
import type { LogFields } from "../../src/index.ts";
import { createZitadel, personalAccessToken, toDate, toMilliseconds, type Zitadel } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { nodeFiles } from "../input/support.ts";
import { startConnectServer } from "../transport/support/connect-server.ts";

const DATE = new Date("2031-05-06T07:08:09.010Z");

describe("a request with dates, durations and names of enums", () => {
  let emulator: Emulator;
  let zitadel: Zitadel;
  before(async () => {
    emulator = await startEmulator();
    zitadel = client();
  });
  after(async () => {
    await zitadel.close();
    await emulator.close();
  });

  function client(options: ZitadelOptions = {}): Zitadel {
    const auth = personalAccessToken({ token: emulator.serviceUser.token });
    return createZitadel({ url: emulator.url, auth, ...options });
  }

  /** The expiration dates of the token requests. */
  function expirations(): (Date | undefined)[] & Disposable {
    const seen: (Date | undefined)[] = [];
    const takeBack = emulator.handle(UserService, {
      addPersonalAccessToken({ expirationDate }) {
        seen.push(toDate(expirationDate));
        return {};
      },
    });
    return Object.assign(seen, { [Symbol.dispose]: takeBack });
  }

  it("is converted to messages before it is sent", async () => {
    using seen = expirations();
    const request = Object.freeze({ userId: "1", expirationDate: DATE });
    await zitadel.user.v2.addPersonalAccessToken(request);
    await zitadel.user.v2.addPersonalAccessToken({
      userId: "1",
      expirationDate: "2031-05-06T09:08:09.01+02:00",
    });
    await zitadel.user.v2.addPersonalAccessToken({ userId: "1", expirationDate: timestampFromDate(DATE) });
    await zitadel.client(UserService).addPersonalAccessToken({ userId: "1", expirationDate: DATE });
    // Types of another package refuse it.
    const connect = createClient(UserService, zitadel.transport);
    await connect.addPersonalAccessToken({ userId: "1", expirationDate: DATE as never });
    assert.deepEqual([...seen], [DATE, DATE, DATE, DATE, DATE]);

    const lifetimes: (number | undefined)[] = [];
    const takeBack = emulator.handle(SessionService, {
      createSession({ lifetime }) {
        lifetimes.push(toMilliseconds(lifetime));
        return {};
      },
    });
    for (const lifetime of [5_400_000, "PT1H30M", "5400s"])
      await zitadel.session.v2.createSession({ lifetime });
    takeBack();
    assert.deepEqual(lifetimes, [5_400_000, 5_400_000, 5_400_000]);
  });

  it("works for lists, also page by page, and for the events of v1", async () => {
    const states: unknown[] = [];
    const takeBack = emulator.handle(UserService, {
      listUsers({ sortingColumn, queries }) {
        states.push([sortingColumn, queries[0]?.query]);
        return {
          details: { totalResult: 1n, timestamp: DATE },
          result: [{ userId: "1", state: "USER_STATE_LOCKED" }],
        };
      },
    });
    const users = zitadel.user.v2.listUsers({
      sortingColumn: "USER_FIELD_NAME_EMAIL",
      queries: [{ query: { case: "stateQuery", value: { state: "USER_STATE_LOCKED" } } }],
    });
    const { details, result } = await users;
    assert.deepEqual([toDate(details?.timestamp), result[0]?.state], [DATE, UserState.LOCKED]);
    assert.equal((await users.toArray())[0]?.state, UserState.LOCKED);
    takeBack();
    assert.equal(states.length, 2);
    for (const [sortingColumn, query] of states as [number, { value: { state: number } }][]) {
      assert.deepEqual([sortingColumn, query.value.state], [UserFieldName.EMAIL, UserState.LOCKED]);
    }

    const since: (Date | undefined)[] = [];
    const undo = emulator.handle(AdminService, {
      listEvents({ creationDateFilter }) {
        if (creationDateFilter.case === "range") since.push(toDate(creationDateFilter.value.since));
        return { events: [] };
      },
    });
    const filter = { case: "range", value: { since: DATE } } as const;
    await zitadel.admin.v1.listEvents({ creationDateFilter: filter }).toArray();
    undo();
    assert.deepEqual(since, [DATE]);
  });

  it("is converted before it is validated and logged", async () => {
    using seen = expirations();
    const lines: LogFields[] = [];
    const write = (_line: string, fields: LogFields): void => void lines.push(fields);
    const logger = { debug: write, info: write, warn: write, error: write };
    await using other = client({ validateRequests: true, logger, logBodies: true });
    await other.user.v2.addPersonalAccessToken({ userId: "1", expirationDate: DATE });
    assert.deepEqual([...seen], [DATE]);
    const bodies = lines.flatMap(({ request }) => (request === undefined ? [] : [request]));
    assert.deepEqual(bodies, [{ userId: "1", expirationDate: "2031-05-06T07:08:09.010Z" }]);
  });

  it("is a message for interceptors, which may also set dates in it", async () => {
    using seen = expirations();
    const types: unknown[] = [];
    const later: Interceptor = (next) => (request) => {
      const { expirationDate } = request.message as Message & { expirationDate: Message };
      types.push(expirationDate.$typeName);
      return next(Object.assign(request, { message: { ...request.message, expirationDate: new Date(0) } }));
    };
    await using other = client({ interceptors: [later] });
    await other.user.v2.addPersonalAccessToken({ userId: "1", expirationDate: DATE });
    assert.deepEqual([types, [...seen]], [["google.protobuf.Timestamp"], [new Date(0)]]);
  });

  it("is rejected with the same message where a handler of the emulator makes the mistake", async () => {
    const takeBack = emulator.handle(UserService, { getUserByID: () => ({ usr: {} }) as object });
    await assert.rejects(
      zitadel.user.v2.getUserByID({ userId: "1" }),
      /The handler of GetUserByID failed: .*its response cannot be encoded: usr is not a field of zitadel\.user\.v2\.GetUserByIDResponse; did you mean user\?/,
    );
    takeBack();
  });

  it("works for the user's own service, also where its responses stream", async () => {
    const service = createFileRegistry(create(FileDescriptorSetSchema, { file: nodeFiles })).getService(
      "acme.v1.NodeService",
    ) as DescService;
    const got: Record<string, unknown>[] = [];
    const keep = (node: Record<string, unknown>): object => {
      got.push(node);
      return {};
    };
    const watch = async function* (node: Record<string, unknown>) {
      yield keep(node);
    };
    await using server = await startConnectServer({
      routes: (router) => router.service(service, { get: keep, watch } as never),
    });
    await using own = createZitadel({ url: server.origin, auth: personalAccessToken({ token: "t" }) });
    const rpcs = own.client(service) as unknown as {
      get(node: object): Promise<object>;
      watch(node: object): AsyncIterable<object>;
    };
    const node = { at: DATE, mood: "MOOD_BAD", what: { case: "period", value: "PT1S" } };
    await rpcs.get(node);
    for await (const _ of rpcs.watch(node)) assert.ok(true);
    assert.equal(got.length, 2);
    for (const { at, mood, what } of got) {
      assert.deepEqual([at, mood], [timestampFromDate(DATE), 7]);
      assert.equal(toMilliseconds((what as { value: never }).value), 1_000);
    }
  });
});
