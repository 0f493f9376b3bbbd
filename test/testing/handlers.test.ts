import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createFileRegistry, fromJson } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { InstanceService } from "../../gen/zitadel/instance/v2beta/instance_service_pb.js";
import { ManagementService } from "../../gen/zitadel/management_pb.js";
import { ErrorDetailSchema } from "../../gen/zitadel/message_pb.js";
import { ProjectService } from "../../gen/zitadel/project/v2beta/project_service_pb.js";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { type CallContext, type Emulator, startEmulator, zitadelError } from "../../src/testing/index.ts";
import { send } from "./support/raw-http.ts";

function clientFor(emulator: Emulator) {
  const transport = createConnectTransport({ baseUrl: emulator.url, httpVersion: "2" });
  const headers = { authorization: `Bearer ${emulator.serviceUser.token}` };
  return {
    transport,
    users: createClient(UserService, transport),
    projects: createClient(ProjectService, transport),
    instances: createClient(InstanceService, transport),
    headers,
  };
}

describe("handlers", () => {
  it("implement an RPC that the emulator does not have", async () => {
    await using emulator = await startEmulator();
    const { projects, headers } = clientFor(emulator);
    emulator.handle(ProjectService, {
      createProject: ({ name }) => ({ id: `id of ${name}` }),
    });
    const { id } = await projects.createProject({ organizationId: "1", name: "Shop" }, { headers });
    assert.equal(id, "id of Shop");
  });

  it("replace the emulator's own implementation until they are removed", async () => {
    await using emulator = await startEmulator();
    const { users, headers } = clientFor(emulator);
    const undo = emulator.handle(UserService, { listUsers: () => ({ result: [] }) });
    assert.equal((await users.listUsers({}, { headers })).result.length, 0);
    undo();
    assert.equal((await users.listUsers({}, { headers })).result.length, 2);
  });

  it("are layered: the newest one is called, and each is removed by itself", async () => {
    await using emulator = await startEmulator();
    const { users, headers } = clientFor(emulator);
    const respondWith = (username: string) =>
      emulator.handle(UserService, { getUserByID: () => ({ user: { username } }) });
    const ask = async () => (await users.getUserByID({ userId: "1" }, { headers })).user?.username;
    const undoOlder = respondWith("older");
    const undoNewer = respondWith("newer");
    assert.equal(await ask(), "newer");
    undoOlder();
    assert.equal(await ask(), "newer");
    undoNewer();
    await assert.rejects(ask(), { code: Code.NotFound });
  });

  it("may implement a service that the pinned API does not have", async () => {
    await using emulator = await startEmulator();
    const { transport, headers } = clientFor(emulator);
    const file = fromJson(FileDescriptorProtoSchema, {
      name: "project.proto",
      package: "zitadel.project.v9",
      syntax: "proto3",
      messageType: [
        { name: "Note", field: [{ name: "text", number: 1, label: "LABEL_OPTIONAL", type: "TYPE_STRING" }] },
      ],
      service: [
        {
          name: "NoteService",
          method: [
            { name: "Echo", inputType: ".zitadel.project.v9.Note", outputType: ".zitadel.project.v9.Note" },
          ],
        },
      ],
    });
    const service = createFileRegistry(file, () => undefined).getService("zitadel.project.v9.NoteService");
    assert.ok(service !== undefined);
    const echo = (request: unknown) => request as object;
    emulator.handle(service, { echo } as object);
    const client = createClient(service, transport) as Record<
      string,
      (note: object, options: object) => Promise<unknown>
    >;
    const response = (await client["echo"]?.({ text: "hello" }, { headers })) as { text: string };
    assert.equal(response.text, "hello");
  });

  it("throw errors that arrive like Zitadel's", async () => {
    await using emulator = await startEmulator();
    const { users, headers } = clientFor(emulator);
    emulator.handle(UserService, {
      deleteUser: () => {
        throw zitadelError(Code.PermissionDenied, "AUTH-5mWD2", "No matching permissions found");
      },
    });
    const error = await users.deleteUser({ userId: "1" }, { headers }).catch(ConnectError.from);
    assert.ok(error instanceof ConnectError);
    assert.equal(error.code, Code.PermissionDenied);
    assert.equal(error.rawMessage, "No matching permissions found (AUTH-5mWD2)");
    const [detail] = error.findDetails(ErrorDetailSchema);
    assert.deepEqual([detail?.id, detail?.message], ["AUTH-5mWD2", "No matching permissions found"]);
  });

  it("know the caller and the organization, and may add headers and trailers", async () => {
    await using emulator = await startEmulator();
    const { userId, organizationId, token } = emulator.serviceUser;
    const seen: CallContext[] = [];
    emulator.handle(ManagementService, {
      listUsers: (_, context) => {
        seen.push(context);
        context.responseHeaders.set("x-extra", "head");
        context.responseTrailers.set("x-extra", "tail");
        return {};
      },
    });
    const management = createClient(ManagementService, createGrpcTransport({ baseUrl: emulator.url }));
    const extras: (string | null)[] = [];
    await management.listUsers(
      {},
      {
        headers: { authorization: `Bearer ${token}`, "x-mine": "1" },
        onHeader: (headers) => extras.push(headers.get("x-extra")),
        onTrailer: (trailers) => extras.push(trailers.get("x-extra")),
      },
    );
    assert.deepEqual(seen[0]?.caller, { userId, organizationId });
    assert.equal(seen[0]?.organizationId, organizationId);
    assert.equal(seen[0]?.headers.get("x-mine"), "1");
    assert.deepEqual(extras, ["head", "tail"]);
  });

  it("learn that the client has disconnected", async () => {
    await using emulator = await startEmulator();
    const { users, headers } = clientFor(emulator);
    const abort = new AbortController();
    const ended = new Promise<void>((resolve) => {
      emulator.handle(UserService, {
        listUsers: async (_, { signal }) => {
          signal.addEventListener("abort", () => resolve());
          abort.abort();
          return await new Promise<never>(() => {});
        },
      });
    });
    await assert.rejects(users.listUsers({}, { headers, signal: abort.signal }));
    await ended;
  });

  it("cause Zitadel's error code if they are too slow for the client's deadline", async () => {
    await using emulator = await startEmulator();
    const { headers } = clientFor(emulator);
    let over = false;
    emulator.handle(UserService, {
      listUsers: async (_, { signal }) => {
        signal.addEventListener("abort", () => {
          over = true;
        });
        return await new Promise<never>(() => {});
      },
    });
    const response = await fetch(`${emulator.url}/zitadel.user.v2.UserService/ListUsers`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json", "connect-timeout-ms": "20" },
      body: "{}",
    });
    assert.deepEqual(await response.json(), { code: "unknown", message: "context deadline exceeded ()" });
    assert.ok(over);
  });

  it("cause an error that says so if they throw something unexpected", async () => {
    await using emulator = await startEmulator();
    const { users, headers } = clientFor(emulator);
    emulator.handle(UserService, {
      listUsers: () => {
        throw new RangeError("a bug in the test");
      },
    });
    await assert.rejects(
      users.listUsers({}, { headers }),
      /The handler of ListUsers failed: RangeError: a bug/,
    );
  });

  it("are suggested by name where there is none", async () => {
    await using emulator = await startEmulator();
    const { instances, headers } = clientFor(emulator);
    const call = instances.deleteInstance({ instanceId: "1" }, { headers });
    await assert.rejects(call, (error: ConnectError) => {
      assert.equal(error.code, Code.Unimplemented);
      assert.match(
        error.rawMessage,
        /does not implement zitadel\.instance\.v2beta\.InstanceService\.DeleteInstance/,
      );
      assert.match(error.rawMessage, /emulator\.handle\(InstanceService, \{ deleteInstance: /);
      return true;
    });
  });

  it("are refused for an RPC that the service does not have", async () => {
    await using emulator = await startEmulator();
    const wrong = { listUserz: () => ({}) } as object;
    assert.throws(
      () => emulator.handle(UserService, wrong),
      /zitadel\.user\.v2\.UserService has no RPC listUserz/,
    );
  });
});

describe("interceptors", () => {
  it("see every request and may respond instead of the emulator", async () => {
    await using emulator = await startEmulator();
    const blocked = "Your ZITADEL instance is blocked.\n";
    const undo = emulator.intercept(({ path }, next) =>
      path === "/oauth/v2/token"
        ? { status: 429, headers: new Headers({ "content-type": "text/plain" }), body: blocked }
        : next(),
    );
    const ask = () => fetch(`${emulator.url}/oauth/v2/token`, { method: "POST" });
    const response = await ask();
    assert.deepEqual([response.status, await response.text()], [429, blocked]);
    assert.equal((await fetch(`${emulator.url}/debug/healthz`)).status, 200);
    undo();
    undo();
    assert.equal((await ask()).status, 400);
  });

  it("wrap each other, the newest outermost", async () => {
    await using emulator = await startEmulator();
    const order: string[] = [];
    for (const name of ["inner", "outer"]) {
      emulator.intercept(async (_, next) => {
        order.push(name);
        const response = await next();
        response?.headers.append("x-passed", name);
        return response;
      });
    }
    const { headers } = await fetch(`${emulator.url}/debug/ready`);
    assert.deepEqual(order, ["outer", "inner"]);
    assert.equal(headers.get("x-passed"), "inner, outer");
  });

  for (const httpVersion of ["1.1", "2"] as const) {
    it(`can cut the connection before and after a call is executed, over HTTP/${httpVersion}`, async () => {
      await using emulator = await startEmulator();
      const { headers } = clientFor(emulator);
      let runs = 0;
      emulator.handle(UserService, {
        deleteUser: () => {
          runs++;
          return {};
        },
      });
      const call = () =>
        send(emulator.url, {
          httpVersion,
          path: "/zitadel.user.v2.UserService/DeleteUser",
          headers: { ...headers, "content-type": "application/json" },
          body: '{"userId":"1"}',
        });
      const undo = emulator.intercept((request) => {
        request.drop();
        return undefined;
      });
      await assert.rejects(call());
      assert.equal(runs, 0);
      undo();
      emulator.intercept(async (request, next) => {
        await next();
        request.drop();
        return undefined;
      });
      await assert.rejects(call());
      assert.equal(runs, 1);
    });
  }

  it("cause an error that says so if they throw something unexpected", async () => {
    await using emulator = await startEmulator();
    emulator.intercept(() => {
      throw new RangeError("a bug in the test");
    });
    const response = await fetch(`${emulator.url}/debug/healthz`);
    assert.equal(response.status, 500);
    assert.match(await response.text(), /RangeError: a bug in the test/);
  });
});
