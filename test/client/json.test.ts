import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import {
  clone,
  type DescMessage,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type Message,
  toBinary,
  toJson as toJsonBySchema,
} from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { createRouterTransport } from "@connectrpc/connect";
import express from "express";
import fastify from "fastify";
import { UserSchema } from "../../gen/zitadel/user/v2/user_pb.js";
import {
  GetUserByIDResponseSchema,
  ListUsersResponseSchema,
} from "../../gen/zitadel/user/v2/user_service_pb.js";
import { root } from "../../scripts/pinned-api.ts";
import { serviceClient } from "../../src/client/service-client.ts";
import { createZitadel, personalAccessToken, toDate, toJson, type Zitadel } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { describedService } from "./support/described-service.ts";

/** The server's time of the query, which differs for each response. */
function withoutTime(json: object): object {
  const { details, ...rest } = json as { details?: object };
  return { ...rest, details: { ...details, timestamp: undefined } };
}

/** Serves on a free port. */
function listen(app: RequestListener): AsyncDisposable & { readonly url: Promise<string> } {
  const server = createServer(app).listen(0, "127.0.0.1");
  const url = once(server, "listening").then(
    () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  );
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("the JSON of responses", () => {
  let emulator: Emulator;
  let zitadel: Zitadel;
  before(async () => {
    emulator = await startEmulator();
    zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
    });
  });
  after(async () => {
    await zitadel.close();
    await emulator.close();
  });

  it("is protobuf's JSON mapping where a framework calls JSON.stringify", async () => {
    const users = await zitadel.user.v2.listUsers();
    assert.deepEqual(JSON.parse(JSON.stringify(users)), toJsonBySchema(ListUsersResponseSchema, users));
    const body = JSON.parse(JSON.stringify({ users })) as { users: { result: { state: string }[] } };
    assert.equal(body.users.result[0]?.state, "USER_STATE_ACTIVE");
    const { userId } = emulator.serviceUser;
    const response = await zitadel.user.v2.getUserByID({ userId });
    assert.deepEqual(
      JSON.parse(JSON.stringify(response)),
      toJsonBySchema(GetUserByIDResponseSchema, response),
    );
  });

  it("is what Express and Fastify send for a response, and for the error of a call", async () => {
    const app = express().set("env", "test");
    app.get("/users", async (_, response) => void response.json(await zitadel.user.v2.listUsers()));
    app.get("/user", async (_, response) => {
      await zitadel.user.v2
        .getUserByID({ userId: "1" })
        .catch((error: unknown) => response.status(404).json({ error }));
    });
    const other = fastify();
    other.get("/users", () => zitadel.user.v2.listUsers());
    await using server = listen(app);
    const expected: unknown = toJsonBySchema(ListUsersResponseSchema, await zitadel.user.v2.listUsers());
    const sent = [
      (await (await fetch(`${await server.url}/users`)).json()) as object,
      (await other.inject("/users")).json<object>(),
    ];
    await other.close();
    for (const json of sent) assert.deepEqual(withoutTime(json), withoutTime(expected as object));
    const failed = (await (await fetch(`${await server.url}/user`)).json()) as { error: { id: string } };
    assert.equal(failed.error.id, "QUERY-Dfbg2");
  });

  it("comes from toJson() for any part of a response, without importing a schema", async () => {
    const { user } = await zitadel.user.v2.getUserByID({ userId: emulator.serviceUser.userId });
    assert.ok(user?.details?.creationDate);
    assert.deepEqual(toJson(user), toJsonBySchema(UserSchema, user));
    assert.equal(
      toJson(user.details.creationDate),
      toDate(user.details.creationDate).toISOString().replace(".000Z", "Z"),
    );
    const { state } = toJson(user, { enumAsInteger: true }) as { state: number };
    assert.equal(state, user.state);
  });

  it("comes from toJson() for all items of a list", async () => {
    const users = await zitadel.user.v2.listUsers().toArray();
    assert.deepEqual(
      toJson(users),
      users.map((user) => toJsonBySchema(UserSchema, user)),
    );
    for await (const user of zitadel.user.v2.listUsers())
      assert.ok(JSON.stringify(toJson(user)).includes(user.userId));
  });

  it("includes fields with default values on demand", async () => {
    const users = await zitadel.user.v2.listUsers({ query: { limit: 1 } });
    assert.ok("sortingColumn" in (toJson(users, { alwaysEmitImplicit: true }) as object));
    assert.ok(!("sortingColumn" in (toJson(users) as object)));
  });

  it("does not change responses: they are compared, copied, cloned and printed like those of protobuf-es", async () => {
    const users = await zitadel.user.v2.listUsers();
    const same = fromBinary(ListUsersResponseSchema, toBinary(ListUsersResponseSchema, users));
    assert.deepEqual(users, same);
    assert.deepEqual({ ...users }, { ...same });
    assert.deepEqual(structuredClone(users), structuredClone(same));
    assert.deepEqual(clone(ListUsersResponseSchema, users), same);
    assert.equal(inspect(users), inspect(same));
    assert.deepEqual(Object.keys(users), Object.keys(same));
  });

  it("fails with an explanation for a list that was not awaited", async () => {
    const list = zitadel.user.v2.listUsers();
    assert.throws(
      () => JSON.stringify({ list }),
      /listUsers: JSON\.stringify was given a list that was not awaited\. Await/,
    );
    assert.throws(() => toJson(list as never), /a promise or a list, which must be awaited first/);
  });

  it("contains the properties of an error", async () => {
    const error: unknown = await zitadel.user.v2
      .getUserByID({ userId: "1" })
      .catch((reason: unknown) => reason);
    assert.match(JSON.stringify({ error }), /"code":"not_found".*"id":"QUERY-Dfbg2"/);
  });

  it("fails with an explanation where JSON.stringify cannot convert a part by itself", async () => {
    const { user } = await zitadel.user.v2.getUserByID({ userId: emulator.serviceUser.userId });
    const docs = readFileSync(join(root, "docs/requests.md"), "utf8");
    assert.throws(
      () => JSON.stringify(user),
      (error: Error) => docs.includes(error.message),
    );
  });
});

describe("toJson()", () => {
  /** A message as the client of a service returns it. */
  async function receive(service: DescService, init: object): Promise<Message> {
    const transport = createRouterTransport(({ rpc }) => {
      // Its types are not registered, since the service is read at run time.
      rpc(service.methods[0] as DescMethodUnary, () => init as never);
    });
    const rpcs = serviceClient(service, transport) as unknown as Record<
      string,
      (r: object) => Promise<Message>
    >;
    const get = rpcs["get"];
    assert.ok(get);
    return await get({});
  }

  it("knows the messages of the user's own services, and those in an Any", async () => {
    const service = describedService("acme.own", ["name"]);
    const other = describedService("acme.other", ["title"]);
    const inner = await receive(other, { title: "y" });
    const more = anyPack(other.method["get"]?.output as DescMessage, inner as never);
    const message = await receive(service, { name: "x", at: { seconds: 1n }, more });
    assert.deepEqual(toJson(message), {
      name: "x",
      at: "1970-01-01T00:00:01Z",
      more: { "@type": "type.googleapis.com/acme.other.GetResponse", title: "y" },
    });
  });

  it("picks the version of a type that the message is of", async () => {
    const older = await receive(describedService("acme.twice", ["name"]), { name: "x" });
    const newer = await receive(describedService("acme.twice", ["name", "title"]), { name: "x", title: "y" });
    assert.deepEqual(toJson(older), { name: "x" });
    assert.deepEqual(toJson(newer), { name: "x", title: "y" });
  });

  it("names what it was given instead of a message, or that the type is unknown", () => {
    assert.throws(() => toJson({ userId: "1" } as never), /is an object without \$typeName/);
    assert.throws(() => toJson(undefined as never), /is undefined; expected a message/);
    const foreign = { $typeName: "acme.Unknown" } as Message;
    assert.throws(
      () => toJson(foreign),
      /no client knows the type acme\.Unknown; pass its schema to toJson\(\) of @bufb/,
    );
  });
});
