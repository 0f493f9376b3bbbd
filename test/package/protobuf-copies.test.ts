import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";
import { startEmulator } from "../../src/testing/index.ts";

const run = promisify(execFile);

const MODULES = {
  core: "zitadel-connect/core",
  ours: "zitadel-connect",
  users: "zitadel-connect/api/zitadel/user/v2/user_service_pb.js",
  userFile: "zitadel-connect/api/zitadel/user/v2/user_pb.js",
  protobuf: "@bufbuild/protobuf",
  reflection: "@bufbuild/protobuf/reflect",
  wkt: "@bufbuild/protobuf/wkt",
  connect: "@connectrpc/connect",
  node: "@connectrpc/connect-node",
  assert: "node:assert/strict",
  util: "node:util",
};

/** How a program imports its modules. */
const FORMATS = {
  module: (name: string, path: string) => `import * as ${name} from "${path}";`,
  commonjs: (name: string, path: string) => `const ${name} = require("${path}");`,
};

/**
 * Runs the programs one after the other in a process, against an emulator, with the built package by its name. Returns
 * why each failed, or "done".
 */
async function runPrograms(format: keyof typeof FORMATS): Promise<Record<string, string>> {
  await using emulator = await startEmulator();
  const { token, userId } = emulator.serviceUser;
  const modules = Object.entries(MODULES).map(([name, path]) => FORMATS[format](name, path));
  const programs = Object.entries(PROGRAMS).map(
    ([title, code]) => `${JSON.stringify(title)}: async () => { ${code} }`,
  );
  const program = `${modules.join("\n")}
    const { url, token, userId } = JSON.parse(process.env.EMULATOR);
    const auth = ours.personalAccessToken({ token });
    const programs = { ${programs.join(",\n")} };
    async function main() {
      const outcomes = {};
      for (const [title, run] of Object.entries(programs)) {
        outcomes[title] = await run().then(() => "done", (error) => util.inspect(error));
      }
      console.log(JSON.stringify(outcomes));
    }
    main();`;
  const env = { ...process.env, EMULATOR: JSON.stringify({ url: emulator.url, token, userId }) };
  const { stdout } = await run(process.execPath, [`--input-type=${format}`, "-e", program], {
    cwd: root,
    env,
  });
  return JSON.parse(stdout);
}

/** Bodies of async functions, by what they show. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "reads, prints, compares, copies and packs the messages of responses": `
      const { user } = await ours.createZitadel({ url, auth }).user.v2.getUserByID({ userId });
      const { UserSchema } = userFile;
      assert.ok(protobuf.isMessage(user, UserSchema));
      const json = protobuf.toJson(UserSchema, user);
      assert.deepEqual([json.userId, json.state, json.machine.name], [userId, "USER_STATE_ACTIVE", user.type.value.name]);
      assert.equal(json.details.creationDate, wkt.timestampDate(user.details.creationDate).toISOString().replace(".000Z", "Z"));
      assert.deepEqual(protobuf.fromJson(UserSchema, json), user);
      const copy = protobuf.fromBinary(UserSchema, protobuf.toBinary(UserSchema, user));
      assert.ok(protobuf.equals(UserSchema, user, copy) && protobuf.equals(UserSchema, user, protobuf.clone(UserSchema, user)));
      protobuf.mergeFromBinary(UserSchema, user, protobuf.toBinary(UserSchema, protobuf.create(UserSchema, { username: "other" })));
      assert.equal(protobuf.equals(UserSchema, user, copy), false);
      const packed = wkt.anyPack(UserSchema, copy);
      const registry = protobuf.createRegistry(userFile.file_zitadel_user_v2_user);
      assert.deepEqual(wkt.anyUnpack(packed, registry), copy);
      assert.deepEqual(protobuf.fromJson(wkt.AnySchema, protobuf.toJson(wkt.AnySchema, packed, { registry }), { registry }), packed);
      assert.equal(reflection.reflect(UserSchema, copy).get(UserSchema.field.userId), userId);`,
  "sends messages that it created, which interceptors receive as messages": `
      const { AddHumanUserRequestSchema, CreateUserRequestSchema, ListUsersRequestSchema, UserService } = users;
      const key = connect.createContextKey("none", { description: "tenant" });
      const seen = [];
      const interceptor = (next) => async (request) => {
        assert.ok(protobuf.isMessage(request.message, request.method.input));
        seen.push(request.contextValues.get(key), protobuf.toJson(request.method.input, request.message));
        assert.ok(request.header instanceof Headers);
        const response = await next(request);
        assert.ok(protobuf.isMessage(response.message, request.method.output));
        return response;
      };
      const zitadel = ours.createZitadel({ url, auth, interceptors: [interceptor] });
      const query = protobuf.create(ListUsersRequestSchema, { query: { limit: 3 }, sortingColumn: 3 });
      const contextValues = connect.createContextValues().set(key, "acme");
      const { result } = await zitadel.user.v2.listUsers(query, { contextValues });
      assert.ok(result.length > 0);
      assert.deepEqual(seen, ["acme", { query: { limit: 3 }, sortingColumn: protobuf.toJson(ListUsersRequestSchema, query).sortingColumn }]);
      assert.match(seen[1].sortingColumn, /^USER_FIELD_NAME_/);
      const since = wkt.timestampFromDate(new Date(0));
      const creationDateFilter = { case: "from", value: since };
      const { events } = await zitadel.admin.v1.listEvents({ limit: 1, asc: true, creationDateFilter });
      assert.equal(events.length, 1);`,
  "recognizes errors by Connect's class, code and details": `
      const zitadel = ours.createZitadel({ url, auth });
      const error = await zitadel.user.v2.getUserByID({ userId: "0" }).catch((error) => error);
      assert.ok(error instanceof connect.ConnectError && error instanceof ours.ZitadelError);
      assert.equal(connect.ConnectError.from(error), error);
      assert.equal(error.code, connect.Code.NotFound);
      const file = protobuf.createFileRegistry(protobuf.create(wkt.FileDescriptorSetSchema, { file: [protobuf.create(wkt.FileDescriptorProtoSchema, {
        name: "d.proto", package: "zitadel.v1", syntax: "proto3",
        messageType: [{ name: "ErrorDetail", field: [{ name: "id", number: 1, type: 9, label: 1, jsonName: "id" }, { name: "message", number: 2, type: 9, label: 1, jsonName: "message" }] }],
      })] }));
      const [detail] = error.findDetails(file.getMessage("zitadel.v1.ErrorDetail"));
      assert.ok(detail !== undefined && detail.id === error.id, util.inspect(error.details));
      const made = new connect.ConnectError("gone", connect.Code.NotFound, undefined, [{ desc: wkt.StructSchema, value: { fields: { a: { kind: { case: "numberValue", value: 1 } } } } }]);
      const transport = connect.createRouterTransport(({ rpc }) => rpc(users.UserService.method.getUserByID, () => { throw made; }));
      const other = await ours.createZitadel({ url, auth, transport }).user.v2.getUserByID({ userId: "1" }).catch((error) => error);
      assert.ok(other instanceof ours.ZitadelError && other.code === connect.Code.NotFound);
      assert.deepEqual(other.findDetails(wkt.StructSchema), [{ a: 1 }].map((json) => protobuf.create(wkt.StructSchema, protobuf.fromJson(wkt.StructSchema, json))));`,
  "calls by transports of Connect with the descriptors of the package": `
      const { UserService } = users;
      const transport = node.createConnectTransport({
        baseUrl: url, httpVersion: "2",
        interceptors: [(next) => (request) => (request.header.set("authorization", "Bearer " + token), next(request))],
      });
      const byConnect = await connect.createClient(UserService, transport).getUserByID({ userId });
      const zitadel = ours.createZitadel({ url, auth, transport });
      assert.deepEqual(await zitadel.user.v2.getUserByID({ userId }), byConnect);
      transport.close?.();
      const inMemory = connect.createRouterTransport(({ service }) =>
        service(UserService, { getUserByID: (request) => ({ user: { userId: request.userId } }) }));
      const { user: found } = await ours.createZitadel({ url, auth, transport: inMemory }).user.v2.getUserByID({ userId: "7" });
      assert.ok(protobuf.isMessage(found, userFile.UserSchema) && found.userId === "7");`,
  "calls services whose descriptors it created": `
      const files = (file, found = new Map()) => {
        for (const one of file.dependencies) files(one, found);
        return found.set(file.name, file.proto);
      };
      const file = [...files(users.file_zitadel_user_v2_user_service).values()];
      const registry = protobuf.createFileRegistry(protobuf.create(wkt.FileDescriptorSetSchema, { file }));
      const service = registry.getService("zitadel.user.v2.UserService");
      assert.notEqual(service, users.UserService);
      const client = core.createZitadel({ url, auth }).client(service);
      const response = await client.getUserByID({ userId });
      assert.ok(protobuf.isMessage(response, service.method.getUserByID.output));
      assert.deepEqual(response, await ours.createZitadel({ url, auth }).user.v2.getUserByID({ userId }));
      const listed = await client.listUsers(protobuf.create(service.method.listUsers.input, { query: { limit: 1 } }));
      assert.equal(listed.result.length, 1);`,
};

for (const format of ["module", "commonjs"] as const) {
  describe(`a program (${format}) that uses protobuf-es and Connect itself`, () => {
    let outcomes: Record<string, string>;
    before(async () => {
      outcomes = await runPrograms(format);
    });

    for (const title of Object.keys(PROGRAMS)) {
      it(title, () => assert.equal(outcomes[title], "done"));
    }
  });
}

describe("the file that Node loads instead of protobuf-es", () => {
  const text = readFileSync(join(root, "dist/protobuf.js"), "utf8");

  it("is another copy of its functions", async () => {
    const copy = await import(join(root, "dist/protobuf.js"));
    const { create } = await import("@bufbuild/protobuf");
    assert.equal(typeof copy.create, "function");
    assert.notEqual(copy.create, create);
  });

  it("contains neither descriptors nor the functions that create them, which are those of the installed version", () => {
    const imported = [...text.matchAll(/from"([^"]*)"/g)].map(([, path = ""]) => path);
    assert.ok(imported.length > 0);
    for (const path of imported)
      assert.match(path, /^@bufbuild\/protobuf\/wkt\/google\/protobuf\/\w+_pb\.js$/);
    assert.doesNotMatch(text, /function (?:\w*FileRegistry|fileDesc|messageDesc|boot|addFields?)\b/);
  });
});
