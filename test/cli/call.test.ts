import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { create, createFileRegistry, type DescService } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { root } from "../../scripts/pinned-api.ts";
import type { Handlers } from "../../src/testing/handlers.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { type Home, home, type Outcome, runCommand, type Surroundings } from "./support.ts";

describe("zitadel-connect call", () => {
  let emulator: Emulator;
  let place: Home;
  before(async () => {
    emulator = await startEmulator();
    place = home(emulator, {
      "request.json": '{"query": {"limit": 1}}',
      "password.txt": "Password1!\n",
    });
    for (let i = 0; i < 5; i++) await emulator.createServiceUser({ username: `robot-${i}` });
  });
  after(async () => {
    place[Symbol.dispose]();
    await emulator.close();
  });

  const call = (args: readonly string[], more: Surroundings = {}): Promise<Outcome> =>
    runCommand(["call", ...args], { directory: place.path, env: place.env, ...more });
  const calls = () =>
    emulator.requests.filter(({ path }) => !path.startsWith("/oauth") && !path.startsWith("/."));

  it("prints the response as JSON, for any spelling of an RPC's name", async () => {
    const { userId } = emulator.serviceUser;
    for (const name of [
      "user.v2.getUserByID",
      "zitadel.user.v2.UserService/GetUserByID",
      "user.v2.UserService.getuserbyid",
    ]) {
      const { exitCode, out, err } = await call([name, JSON.stringify({ userId })]);
      assert.deepEqual([exitCode, err], [0, ""]);
      assert.equal(JSON.parse(out).user.username, "service-user");
    }
  });

  it("reads the request from an argument, a file, standard input, or options for its fields", async () => {
    const one = await Promise.all([
      call(["user.v2.listUsers", '{"query":{"limit":1}}']),
      call(["user.v2.listUsers", "@request.json"]),
      call(["user.v2.listUsers", "-"], { input: '{"query":{"limit":1}}' }),
      call(["user.v2.listUsers", "--limit", "1"]),
      call(["user.v2.listUsers", "--query.limit=1"]),
      call(["user.v2.listUsers", '{"query":{"limit":5}}', "--limit", "1"]),
    ]);
    for (const { exitCode, out, err } of one) {
      assert.deepEqual([exitCode, err], [0, ""]);
      assert.equal(JSON.parse(out).result.length, 1);
    }
  });

  it("accepts the end of an enum value's name for an option", async () => {
    const { out } = await call(["user.v2.listUsers", "--sorting-column", "type", "--dry-run"]);
    assert.deepEqual(JSON.parse(out).request, { sortingColumn: "USER_FIELD_NAME_TYPE" });
  });

  it("prints all pages of a list, one item per line", async () => {
    const { exitCode, out } = await call(["user.v2.listUsers", "--all", "--limit", "2"]);
    const names = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).username);
    assert.equal(exitCode, 0);
    assert.deepEqual(names.toSorted(), [
      "robot-0",
      "robot-1",
      "robot-2",
      "robot-3",
      "robot-4",
      "service-user",
      "zitadel-admin@zitadel.localhost",
    ]);
  });

  it("prints tables for people, within the width of the terminal", async () => {
    const table = ["user.v2.listUsers", "--output", "table", "--columns", "username,machine.name,state"];
    const { out } = await call(table);
    assert.match(out, /^username {5,}machine\.name {2,}state\n/);
    assert.match(out, /^robot-1 {2,}robot-1 {2,}USER_STATE_ACTIVE$/m);
    const narrow = await call(["user.v2.listUsers", "-o", "table"], { columns: 40 });
    assert.ok(narrow.out.split("\n").every((line) => line.length <= 40));
    const single = await call(["auth.v1.getMyUser", "-o", "table"]);
    assert.match(single.out, /^user\.userName {2,}service-user$/m);
  });

  it("uses colors only on a terminal that shows them", async () => {
    const args = ["auth.v1.getMyUser"];
    assert.ok(!(await call(args)).out.includes(ESC));
    const { out } = await call(args, { colors: true });
    assert.ok(out.includes(`${ESC}[36m"user"${ESC}[39m: {`));
  });

  it("ends quietly when its output is closed, and requests no further page", async () => {
    emulator.requests.length = 0;
    const command = spawn(
      process.execPath,
      [join(root, "src/cli/main.ts"), "call", "user.v2.listUsers", "--all", "--limit", "1"],
      {
        env: { ...process.env, ...place.env },
      },
    );
    command.stdout.once("data", () => command.stdout.destroy());
    const [err, [exitCode]] = await Promise.all([text(command.stderr), once(command, "exit")]);
    assert.deepEqual({ err, exitCode }, { err: "", exitCode: 0 });
  });

  it("sends headers, the organization and a deadline", async () => {
    emulator.requests.length = 0;
    const { organizationId } = emulator.serviceUser;
    const args = ["--header", "x-trace: abc", "--organization", organizationId, "--timeout", "7"];
    assert.equal((await call(["user.v2.listUsers", ...args])).exitCode, 0);
    const { headers } = calls().at(-1) ?? assert.fail("no request was sent");
    assert.deepEqual([headers.get("x-trace"), headers.get("x-zitadel-orgid")], ["abc", organizationId]);
    assert.ok(headers.get("connect-timeout-ms") ?? headers.get("grpc-timeout"));
  });

  it("prints with --dry-run what would be sent, without secrets, and sends nothing", async () => {
    emulator.requests.length = 0;
    const args = ["user.v2.setPassword", "--user-id", "1", "--password", "@password.txt", "--dry-run"];
    const { exitCode, out } = await call([...args, "--header", "x-trace: abc"]);
    assert.equal(exitCode, 0);
    assert.deepEqual(JSON.parse(out), {
      rpc: "zitadel.user.v2.UserService/SetPassword",
      url: `${emulator.url}/zitadel.user.v2.UserService/SetPassword`,
      headers: { authorization: "Bearer [by ZITADEL_KEY_FILE]", "x-trace": "abc" },
      request: { userId: "1", newPassword: { password: "[redacted]" } },
    });
    assert.equal(emulator.requests.length, 0);
  });

  it("asks before it deletes on a terminal, but not with --yes or in a script", async () => {
    const create = async (): Promise<string> =>
      (await emulator.createServiceUser({ username: `doomed-${count++}` })).userId;
    let count = 0;
    const remove = (userId: string) => ["user.v2.deleteUser", "--user-id", userId];
    const questions: string[] = [];
    const answer = (text: string) => async (question: string) => {
      questions.push(question);
      return text;
    };
    const kept = await create();
    const refused = await call(remove(kept), { ask: answer("n") });
    assert.deepEqual([refused.exitCode, refused.out], [1, ""]);
    assert.match(refused.err, /^zitadel-connect: Nothing was sent\nHint: --yes/);
    assert.equal((await call(["user.v2.getUserByID", "--user-id", kept])).exitCode, 0);
    assert.equal((await call(remove(await create()), { ask: answer("y") })).exitCode, 0);
    assert.equal(questions.length, 2);
    assert.match(questions[0] ?? "", /user\.v2\.deleteUser deletes/);
    assert.equal((await call([...remove(await create()), "--yes"], { ask: answer("n") })).exitCode, 0);
    assert.equal((await call(remove(await create()))).exitCode, 0);
    assert.equal((await call(["user.v2.listUsers"], { ask: answer("n") })).exitCode, 0);
    assert.equal(questions.length, 2);
  });

  it("calls RPCs that only the instance knows, by its description, which is read once", async () => {
    // The types of a service that is made here are unknown.
    const handlers: object = { findBook: ({ title }: { title: string }) => ({ title: `${title}!` }) };
    const undo = emulator.handle(librarian(), handlers as Handlers<DescService>);
    const { exitCode, out, err } = await call(["library.v9.findBook", "--title", "Emma"]);
    assert.deepEqual([exitCode, err], [0, ""]);
    assert.deepEqual(JSON.parse(out), { title: "Emma!" });
    emulator.requests.length = 0;
    assert.equal((await call(["library.v9.findBook", "--title", "Emma"])).exitCode, 0);
    assert.deepEqual(
      emulator.requests.map(({ path }) => path),
      ["/zitadel.library.v9.LibraryService/FindBook"],
    );
    undo();
  });

  it("sends one request once everything is cached: the RPC itself", async () => {
    await call(["user.v2.listUsers", "--limit", "1"]);
    emulator.requests.length = 0;
    await call(["user.v2.listUsers", "--limit", "1"]);
    assert.deepEqual(
      emulator.requests.map(({ path }) => path),
      ["/zitadel.user.v2.UserService/ListUsers"],
    );
    await call(["user.v2.listUsers", "--limit", "1", "--no-cache"]);
    assert.ok(emulator.requests.some(({ path }) => path === "/oauth/v2/token"));
  });

  const mistakes: Record<string, [args: string[], exitCode: number, err: RegExp]> = {
    "no RPC": [[], 2, /Which RPC\? For example: zitadel-connect call user\.v2\.listUsers/],
    "a field before the RPC": [
      ["--user-id", "1", "user.v2.getUserByID"],
      2,
      /Give the RPC before its fields/,
    ],
    "a name that is misspelt": [
      ["user.v2.listUser"],
      2,
      /no RPC "user\.v2\.listUser"; did you mean user\.v2\.listUsers/,
    ],
    "a name that is not definite": [
      ["listUsers"],
      2,
      /one of several RPCs: management\.v1\.listUsers, user\.v2\.listUsers/,
    ],
    "a field that there is not": [
      ["user.v2.listUsers", '{"qery":{}}'],
      2,
      /qery is not a field of zitadel\.user\.v2\.ListUsersRequest; did you mean query\?/,
    ],
    "an option for a field that there is not": [
      ["user.v2.listUsers", "--lmit", "1"],
      2,
      /--lmit is not an option; did you mean --limit\?/,
    ],
    "a value of another type": [
      ["user.v2.listUsers", '{"query":{"limit":"many"}}'],
      2,
      /query\.limit is a string; expected an integer/,
    ],
    "a value that an enum lacks": [
      ["user.v2.listUsers", "--sorting-column", "emial"],
      2,
      /sortingColumn is a string; expected one of "USER_FIELD_NAME_UNSPECIFIED", .*"USER_FIELD_NAME_EMAIL"/,
    ],
    "two of which one is expected": [
      ["user.v2.createUser", '{"organizationId":"1","human":{},"machine":{}}'],
      2,
      /machine is set together with human/,
    ],
    "a request that is not JSON": [["user.v2.listUsers", "{query"], 2, /The request is not JSON/],
    "--all for an RPC that does not list": [["auth.v1.getMyUser", "--all"], 2, /--all is for lists/],
    "a file that is not there": [
      ["user.v2.listUsers", "@nowhere.json"],
      2,
      /the request is a path at which there is no file/,
    ],
    "a request with a secret": [
      ["user.v2.setPassword", '{"newPassword":{"password":"Secret-1"}}'],
      2,
      /newPassword\.password is a secret.*as @file, or as -/,
    ],
    "a secret as an option": [
      ["user.v2.setPassword", "--password", "Secret-1"],
      2,
      /is a secret.*give @file/,
    ],
    "a header with a credential": [
      ["user.v2.listUsers", "--header", "Authorization: Bearer Secret-1"],
      2,
      /Authorization is a secret/,
    ],
  };
  for (const [name, [args, exitCode, err]] of Object.entries(mistakes)) {
    it(`exits with ${exitCode} for ${name}, and sends nothing`, async () => {
      emulator.requests.length = 0;
      const outcome = await call(args);
      assert.deepEqual([outcome.exitCode, outcome.out], [exitCode, ""]);
      assert.match(outcome.err, err);
      assert.doesNotMatch(outcome.err, /Secret-1/);
      assert.deepEqual(
        calls().filter(({ path }) => !path.includes("reflection")),
        [],
      );
    });
  }

  const failures: Record<string, [Code, number]> = {
    Unauthenticated: [Code.Unauthenticated, 4],
    PermissionDenied: [Code.PermissionDenied, 5],
    NotFound: [Code.NotFound, 6],
    AlreadyExists: [Code.AlreadyExists, 7],
    InvalidArgument: [Code.InvalidArgument, 8],
    FailedPrecondition: [Code.FailedPrecondition, 8],
    ResourceExhausted: [Code.ResourceExhausted, 9],
    Unimplemented: [Code.Unimplemented, 10],
    Internal: [Code.Internal, 1],
  };
  for (const [name, [code, expected]] of Object.entries(failures)) {
    it(`exits with ${expected} where the server reports ${name}, with its message, a hint and the request id on stderr`, async () => {
      const undo = emulator.handle(UserService, {
        getUserByID: () => {
          throw new ConnectError("No, because", code);
        },
      });
      const { exitCode, out, err } = await call(["user.v2.getUserByID", "--user-id", "1"]);
      undo();
      assert.deepEqual([exitCode, out], [expected, ""]);
      assert.match(err, /^zitadel-connect: \[\w+\] zitadel\.user\.v2\.UserService\/GetUserByID: No, because/);
      assert.match(err, /^Hint: ./m);
      assert.match(err, /^Request id: \S+$/m);
    });
  }

  it("exits with 4 if neither instance nor credential is configured, and says how to configure them", async () => {
    const { XDG_CONFIG_HOME = "", XDG_CACHE_HOME = "", ZITADEL_API_URL = "" } = place.env;
    const nowhere = await call(["user.v2.listUsers"], { env: { XDG_CONFIG_HOME, XDG_CACHE_HOME } });
    assert.equal(nowhere.exitCode, 2);
    assert.match(nowhere.err, /Which instance\? Set ZITADEL_API_URL .*zitadel-connect login/);
    const nobody = await call(["user.v2.listUsers"], {
      env: { XDG_CONFIG_HOME, XDG_CACHE_HOME, ZITADEL_API_URL },
    });
    assert.match(nobody.err, /As whom\?/);
  });

  it("exits with 9 where nothing listens", async () => {
    const { exitCode, err } = await call([
      "user.v2.listUsers",
      "--url",
      "http://localhost:1",
      "--timeout",
      "1",
    ]);
    assert.equal(exitCode, 9);
    assert.match(err, /Hint: /);
  });

  it("reports what happens on stderr with --debug", async () => {
    const { out, err } = await call(["auth.v1.getMyUser", "--debug"]);
    assert.equal(JSON.parse(out).user.userName, "service-user");
    assert.match(err, /^debug: .*zitadel\.auth\.v1\.AuthService\/GetMyUser/m);
  });

  it("shows the request of an RPC with --help", async () => {
    const { exitCode, out } = await call(["user.v2.getUserByID", "--help"]);
    assert.equal(exitCode, 0);
    assert.match(out, /^Options of call for fields of the request\n {2}--user-id <string>$/m);
  });
});

const ESC = "\u001b";

/** A service that no pinned API has. */
function librarian(): DescService {
  const message = (name: string) => ({
    name,
    field: [
      {
        name: "title",
        number: 1,
        type: FieldDescriptorProto_Type.STRING,
        label: FieldDescriptorProto_Label.OPTIONAL,
        jsonName: "title",
      },
    ],
  });
  const proto = create(FileDescriptorProtoSchema, {
    name: "zitadel/library/v9/library.proto",
    package: "zitadel.library.v9",
    syntax: "proto3",
    messageType: [message("FindBookRequest"), message("FindBookResponse")],
    service: [
      {
        name: "LibraryService",
        method: [
          {
            name: "FindBook",
            inputType: ".zitadel.library.v9.FindBookRequest",
            outputType: ".zitadel.library.v9.FindBookResponse",
          },
        ],
      },
    ],
  });
  const service = createFileRegistry(proto, () => undefined).getService("zitadel.library.v9.LibraryService");
  return service ?? assert.fail("no service");
}
