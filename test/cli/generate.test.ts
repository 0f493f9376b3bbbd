import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { DescService } from "@bufbuild/protobuf";
import { clone, create, toBinary } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { root } from "../../scripts/pinned-api.ts";
import { createZitadel, personalAccessToken, type ServiceTree } from "../../src/index.ts";
import { needed, newerApi, pinnedFiles } from "../codegen/support/apis.ts";
import type { TemporaryDirectory } from "../codegen/support/files.ts";
import { serveReflection } from "../codegen/support/reflection-server.ts";
import { project, zitadelConnect } from "./support.ts";

const run = promisify(execFile);

function contents(directory: string): Map<string, string> {
  const files = globSync("**/*.{js,ts}", { cwd: directory }).sort();
  return new Map(files.map((name) => [name, readFileSync(join(directory, name), "utf8")]));
}

/** Type-checks with what applications have, whose declarations are not checked again. */
const AS_APPLICATION = ["--lib", "es2023,dom", "--types", "node", "--skipLibCheck"];
/** Checks declarations, too, apart from TypeScript's own. */
const AS_DECLARATIONS = ["--lib", "es2023", "--skipDefaultLibCheck"];

async function typeCheck(directory: string, ...args: readonly string[]): Promise<void> {
  const strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"];
  const flags = ["--ignoreConfig", "--noEmit", ...strict, "--module", "nodenext", "--target", "es2023"];
  await run(join(root, "node_modules/.bin/tsc"), [...flags, ...args], { cwd: directory }).catch((error) =>
    assert.fail(error.stdout),
  );
}

/**
 * The part of the API that has these services, and what they need, since reading all of it takes longer than anything that
 * happens to it here.
 */
async function partWith(...services: string[]): Promise<FileDescriptorProto[]> {
  return needed(await pinnedFiles(), ...services.map((name) => `zitadel/${name}_service.proto`));
}

const toImage = (file: FileDescriptorProto[]): Uint8Array =>
  Buffer.from(toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file })));

describe("generate --from an instance of a newer API", () => {
  let directory: TemporaryDirectory;
  let api: FileDescriptorProto[];
  let said: string;

  before(async () => {
    directory = project();
    api = newerApi(await partWith("user/v2/user", "session/v2/session"));
    await using server = await serveReflection({ files: api });
    const { exitCode, out, err, statuses } = await zitadelConnect(
      directory.path,
      "generate",
      "--from",
      server.origin,
      "--out",
      "src/zitadel",
    );
    assert.equal(exitCode, 0, err);
    assert.ok(statuses.length > 3);
    said = out.replace(server.origin, "<origin>");
  });
  after(() => directory[Symbol.dispose]());

  it("generates all of its services, and reports that", () => {
    const services = api.flatMap(({ service }) => service);
    const rpcs = services.flatMap(({ method }) => method);
    assert.equal(services.length, 4);
    assert.match(
      said,
      new RegExp(
        `^Generated 4 services with ${rpcs.length} RPCs from <origin> to src/zitadel in \\d+\\.\\d s\\.\\n$`,
      ),
    );
  });

  it("writes nothing elsewhere", () => {
    assert.deepEqual(readdirSync(directory.path), ["src"]);
    assert.deepEqual(readdirSync(join(directory.path, "src")), ["zitadel"]);
  });

  it("keeps the documentation of the pinned API, which servers do not have", () => {
    const dts = readFileSync(
      join(directory.path, "src/zitadel/zitadel/user/v2/user_service_pb.d.ts"),
      "utf8",
    );
    const pinned = readFileSync(join(root, "gen/zitadel/user/v2/user_service_pb.d.ts"), "utf8");
    const documentation = (text: string) =>
      /\/\*\*\n(?:(?!\*\/).)*@generated from rpc \S+GetUserByID\n/s.exec(text)?.[0];
    assert.ok((documentation(pinned)?.length ?? 0) > 100);
    assert.equal(documentation(dts), documentation(pinned));
  });

  it("type-checks, and so does code that uses it", async () => {
    const program = `import { createZitadel, personalAccessToken } from "zitadel-connect";
      import { services } from "./src/zitadel/services.js";
      import { UserService } from "./src/zitadel/zitadel/user/v2/user_service_pb.js";
      const zitadel = createZitadel({ url: "http://localhost:1", auth: personalAccessToken({ token: "t" }), services });
      const { user } = await zitadel.user.v2.getUserByNickname({ userId: "1" });
      export const size: string | undefined = user?.shoeSize;
      export const thing: Promise<object> = zitadel.thing.v2.thingService.constructor$({ class: "x" });
      await zitadel.user.v2.listUsers({ sortingColumn: "USER_FIELD_NAME_SHOE_SIZE" });
      // @ts-expect-error it does not exist
      await zitadel.user.v2.listUsers({ sortingColumn: "USER_FIELD_NAME_SHOE" });
      await zitadel.client(UserService).listUsers({ sortingColumn: "USER_FIELD_NAME_SHOE_SIZE" });
      await zitadel.user.v2.addPersonalAccessToken({ userId: "1", expirationDate: new Date() });
      // @ts-expect-error it was removed
      zitadel.session.v2.deleteSession({});
      for await (const { class: text } of zitadel.thing.v2.watchService.watch({})) text satisfies string;
    `;
    writeFileSync(join(directory.path, "main.ts"), program);
    await typeCheck(directory.path, ...AS_APPLICATION, "main.ts");
    // All files, including those that no service needs: proto2, editions.
    const declarations = globSync("src/**/*.d.ts", { cwd: directory.path });
    await typeCheck(directory.path, ...AS_DECLARATIONS, ...declarations);
  });

  it("works with createZitadel(): new RPCs can be called, whatever their names", async () => {
    const module: { services: ServiceTree } = await import(
      pathToFileURL(join(directory.path, "src/zitadel/services.js")).href
    );
    const { ThingService }: { ThingService: DescService } = await import(
      pathToFileURL(join(directory.path, "src/zitadel/zitadel/thing/v2/thing_service_pb.js")).href
    );
    const called: string[] = [];
    const rpc = (name: string) => () => {
      called.push(name);
      return {};
    };
    const names = ["then", "constructor$", "delete", "toString$", "getThing"];
    const server = http2.createServer(
      connectNodeAdapter({
        routes: (router) => {
          const implementation = Object.fromEntries(names.map((name) => [name, rpc(name)]));
          router.service(ThingService, implementation as never);
        },
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const zitadel = createZitadel({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      auth: personalAccessToken({ token: "a-token" }),
      services: module.services,
    });
    const client = (
      zitadel as unknown as Record<
        string,
        Record<string, Record<string, Record<string, () => Promise<object>>>>
      >
    )["thing"]?.["v2"]?.["thingService"];
    for (const name of names) await client?.[name]?.();
    await zitadel.close();
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(called, names);
  });
});

describe("generate with zitadel-connect.json", () => {
  const config = {
    from: "./api.binpb",
    out: "src/zitadel",
    include: ["zitadel.user.v2.UserService.GetUserByID", "zitadel.org.v2.OrganizationService"],
  };
  let api: FileDescriptorProto[];
  const files = (more: object = {}) => ({
    "zitadel-connect.json": JSON.stringify({ ...config, ...more }),
    "api.binpb": toImage(api),
  });
  let made: TemporaryDirectory;
  let said: string;
  before(async () => {
    api = await partWith("user/v2/user", "org/v2/org", "session/v2/session");
    made = project(files());
    said = (await zitadelConnect(made.path, "generate")).out;
  });
  after(() => made[Symbol.dispose]());

  /** A smaller part, for a server that is read several times, and the settings for it. */
  const organizations = () =>
    needed(api, "zitadel/org/v2/org_service.proto").map((proto) => clone(FileDescriptorProtoSchema, proto));
  const ORGANIZATIONS = { include: ["zitadel.org.v2.OrganizationService"] };

  /** A directory in the state that generating leaves. */
  function generated(): TemporaryDirectory {
    const directory = project();
    cpSync(made.path, directory.path, { recursive: true });
    return directory;
  }

  it("generates the subset and a lock, the same bytes each time, and does nothing the second time", async () => {
    using directory = generated();
    assert.match(said, /^Generated 2 services with 3 RPCs from \.\/api\.binpb to src\/zitadel /);
    const first = contents(join(directory.path, "src/zitadel"));
    const lock = readFileSync(join(directory.path, "zitadel-connect.lock.json"), "utf8");
    assert.ok(
      [...first.keys()].every((name) =>
        /^(enums|services|zitadel\/(user|org|object)\/v2\/\w+_pb)\./.test(name),
      ),
    );

    const again = await zitadelConnect(directory.path, "generate");
    assert.match(again.out, /^src\/zitadel is up to date with \.\/api\.binpb\.\n$/);

    rmSync(join(directory.path, "src"), { recursive: true });
    await zitadelConnect(directory.path, "generate");
    assert.deepEqual(contents(join(directory.path, "src/zitadel")), first);
    assert.equal(readFileSync(join(directory.path, "zitadel-connect.lock.json"), "utf8"), lock);
  });

  it("generates the same from the lock when the source is unavailable, and does not change the lock", async () => {
    using directory = generated();
    const before = contents(join(directory.path, "src/zitadel"));
    const lock = () => readFileSync(join(directory.path, "zitadel-connect.lock.json"), "utf8");
    const locked = lock();
    rmSync(join(directory.path, "src"), { recursive: true });
    const { exitCode } = await zitadelConnect(directory.path, "generate", "--from", "lock");
    assert.equal(exitCode, 0);
    assert.deepEqual(contents(join(directory.path, "src/zitadel")), before);
    assert.equal(lock(), locked);
    const again = await zitadelConnect(directory.path, "generate", "--from", "lock");
    assert.match(again.out, /^src\/zitadel is up to date with \.\/api\.binpb as locked\.\n$/);
  });

  it("refuses to generate another part of the API from the lock, which contains only one", async () => {
    using directory = generated();
    const { exitCode, err } = await zitadelConnect(
      directory.path,
      ...["generate", "--from", "lock", "--include", "zitadel.session.v2"],
    );
    assert.equal(exitCode, 2);
    assert.match(
      err,
      /include: the lock holds only the part of the API that was selected when it was written/,
    );
  });

  it("may exclude something, which the lock then does not contain, but can still be generated, checked and compared", async () => {
    using directory = project(files({ exclude: ["zitadel.org.v2.OrganizationService.AddOrganization"] }));
    await zitadelConnect(directory.path, "generate");
    rmSync(join(directory.path, "src"), { recursive: true });
    for (const args of [
      ["generate", "--from", "lock"],
      ["generate", "--check"],
      ["diff", "--fail-on", "any"],
    ]) {
      const { exitCode, err } = await zitadelConnect(directory.path, ...args);
      assert.equal(exitCode, 0, err);
    }
  });

  it("exits with 3 with --check where the configuration has changed, without reading the source", async () => {
    using directory = generated();
    for (const [change, names] of [
      [{ include: ["zitadel.user.v2"] }, "include"],
      [{ exclude: ["zitadel.user.v2.UserService.DeleteUser"] }, "exclude"],
      [{ target: "ts", importExtension: "ts" }, "target, importExtension"],
    ] as const) {
      const config = JSON.parse(files({ ...change, from: "http://127.0.0.1:1" })["zitadel-connect.json"]);
      writeFileSync(join(directory.path, "zitadel-connect.json"), JSON.stringify(config));
      const { exitCode, err } = await zitadelConnect(directory.path, "generate", "--check");
      assert.equal(exitCode, 3);
      assert.equal(
        err,
        `The configuration has changed since the code was generated: ${names}.\nnpx zitadel-connect generate updates it.\n`,
      );
    }
  });

  it("rewrites a lock with merge conflicts, exactly as it would be, and tells all commands that read it", async () => {
    using directory = generated();
    const lock = join(directory.path, "zitadel-connect.lock.json");
    const whole = readFileSync(lock, "utf8");
    const conflict = whole.replace(/^( {2}"digest": .*\n)/m, "<<<<<<< HEAD\n$1=======\n$1>>>>>>> theirs\n");
    assert.notEqual(conflict, whole);
    writeFileSync(lock, conflict);
    for (const args of [["generate", "--check"], ["diff"], ["generate", "--from", "lock"]]) {
      const { exitCode, err } = await zitadelConnect(directory.path, ...args);
      assert.equal(exitCode, 1);
      assert.match(err, /zitadel-connect\.lock\.json has merge conflict markers: npx zitadel-connect gene/);
    }
    assert.equal((await zitadelConnect(directory.path, "generate")).exitCode, 0);
    assert.equal(readFileSync(lock, "utf8"), whole);
  });

  it("writes the same lock wherever it is, and however paths are given", async () => {
    const protos = {
      "proto/a.proto": 'syntax = "proto3"; package acme; message A {} service S { rpc Get(A) returns (A); }',
    };
    using one = project({
      ...protos,
      "zitadel-connect.json": JSON.stringify({ from: "./proto", out: "out" }),
    });
    using other = project({ ...protos, "zitadel-connect.json": JSON.stringify({ out: "out" }) });
    await zitadelConnect(one.path, "generate");
    const config = join(other.path, "zitadel-connect.json");
    await zitadelConnect(".", "generate", "--config", config, "--from", join(other.path, "proto"));
    const [a, b] = [one, other].map(({ path }) =>
      readFileSync(join(path, "zitadel-connect.lock.json"), "utf8"),
    );
    assert.equal(a, b);
    assert.match(a ?? "", /"from": "\.\/proto",\n {2}"description": "\.\/proto"/);
  });

  it("exits with 3 with --check once the API has changed, and writes nothing", async () => {
    const changing = organizations();
    await using server = await serveReflection({ files: changing });
    using directory = project(files({ ...ORGANIZATIONS, from: server.origin }));
    await zitadelConnect(directory.path, "generate");
    assert.equal((await zitadelConnect(directory.path, "generate", "--check")).exitCode, 0);

    const before = contents(directory.path);
    for (const { name, service } of changing) {
      if (name === "zitadel/org/v2/org_service.proto") service[0]?.method.pop();
    }
    const { exitCode, err } = await zitadelConnect(directory.path, "generate", "--check");
    assert.equal(exitCode, 3);
    assert.match(
      err,
      /has changed since the code was generated: 15 removed\.\nnpx zitadel-connect diff shows what changed, npx/,
    );
    assert.deepEqual(contents(directory.path), before);

    const diff = await zitadelConnect(directory.path, "diff");
    assert.equal(diff.exitCode, 3);
    assert.match(
      diff.out,
      /^Removed \(15\)\n( {2}.*\n)* {2}rpc zitadel\.org\.v2\.OrganizationService\.ListOrganizations /m,
    );
  });

  it("sees no change in an instance that encodes the same differently at each request, as Zitadel does", async () => {
    await using server = await serveReflection({ files: organizations(), shuffled: true });
    using directory = project(files({ ...ORGANIZATIONS, from: server.origin }));
    const lock = () => readFileSync(join(directory.path, "zitadel-connect.lock.json"), "utf8");
    assert.match((await zitadelConnect(directory.path, "generate")).out, /^Generated 1 service with/);
    const locked = lock();
    for (let round = 0; round < 2; round++) {
      assert.match((await zitadelConnect(directory.path, "generate")).out, /is up to date/);
      assert.equal(lock(), locked);
      const check = await zitadelConnect(directory.path, "generate", "--check");
      assert.deepEqual([check.exitCode, check.err], [0, ""]);
      const diff = await zitadelConnect(directory.path, "diff", "--fail-on", "any");
      assert.equal(diff.exitCode, 0, diff.out);
      assert.match(diff.out, /No difference/);
    }
  });

  it("exits with 3 with --check where generated code was edited, and with 2 without a lock", async () => {
    using empty = project(files());
    const without = await zitadelConnect(empty.path, "generate", "--check");
    assert.equal(without.exitCode, 2);
    assert.match(without.err, /zitadel-connect\.lock\.json, which does not exist: run generate first/);
    using directory = generated();
    writeFileSync(join(directory.path, "src/zitadel/services.js"), "// edited");
    const edited = await zitadelConnect(directory.path, "generate", "--check");
    assert.equal(edited.exitCode, 3);
    assert.match(edited.err, /is not what was generated from \.\/api\.binpb/);
  });

  it("generates TypeScript that compiles and runs, with imports of any extension", async () => {
    using directory = project(files({ target: "ts", importExtension: "ts" }));
    await zitadelConnect(directory.path, "generate");
    const names = [...contents(join(directory.path, "src/zitadel")).keys()];
    assert.ok(
      names.includes("services.ts") && names.every((name) => /\.ts$/.test(name) && !/\.d\.ts$/.test(name)),
    );
    const program = `import type { MessageInput } from "zitadel-connect";
      import type { EnumFields } from "./src/zitadel/enums.ts";
      import type { Services } from "./src/zitadel/services.ts";
      import type { Organization } from "./src/zitadel/zitadel/org/v2/org_pb.ts";
      export const organization: MessageInput<Organization, EnumFields> = { state: "ORGANIZATION_STATE_ACTIVE" };
      export const enums: Services["org"]["v2"]["$service"]["enums"] extends EnumFields | undefined ? true : false = true;
    `;
    writeFileSync(join(directory.path, "main.ts"), program);
    const flags = [...AS_APPLICATION, "--allowImportingTsExtensions"];
    await typeCheck(directory.path, ...flags, "src/zitadel/services.ts", "main.ts");
  });
});

describe("generate, when it fails", () => {
  it("keeps what was there", async () => {
    const before = "// @generated by protoc-gen-zitadel-connect";
    using directory = project({ "out/services.js": before, "broken.proto": "message {}" });
    const { exitCode } = await zitadelConnect(directory.path, "generate", "--from", ".", "--out", "out");
    assert.equal(exitCode, 1);
    assert.equal(readFileSync(join(directory.path, "out/services.js"), "utf8"), before);
  });

  it("does not replace a directory with other files than generated code", async () => {
    using directory = project({ "src/main.ts": "", "src/services.js": "" });
    const { exitCode, err } = await zitadelConnect(
      directory.path,
      "generate",
      "--from",
      "pin",
      "--out",
      "src",
    );
    assert.equal(exitCode, 1);
    assert.match(err, /would be replaced as a whole, but has files that are not generated, such as main\.ts/);
    assert.ok(existsSync(join(directory.path, "src/main.ts")));
  });
});

describe("diff", () => {
  let directory: TemporaryDirectory;
  let api: FileDescriptorProto[];
  before(async () => {
    api = await partWith("user/v2/user", "session/v2/session");
    directory = project({ "api.binpb": toImage(api) });
  });
  after(() => directory[Symbol.dispose]());

  it("compares any two sources, as text, JSON or Markdown, and exits as configured", async () => {
    await using server = await serveReflection({ files: newerApi(api) });
    const diff = (...args: string[]) =>
      zitadelConnect(directory.path, "diff", "--from", "./api.binpb", "--to", server.origin, ...args);
    const words = await diff();
    assert.equal(words.exitCode, 3);
    assert.match(words.out, /^Broken \(1\)\n {2}.*preferred_login_name.*\(FIELD_SAME_TYPE\)$/m);
    const json = JSON.parse((await diff("--json", "--fail-on", "never", "--include", "zitadel.user.v2")).out);
    assert.deepEqual(
      json.deprecated.map(({ name }: { name: string }) => name),
      ["zitadel.user.v2.UserService.AddHumanUser"],
    );
    const markdown = await diff("--markdown", "--fail-on", "any", "--include", "zitadel.session.v2");
    assert.equal(markdown.exitCode, 3);
    assert.match(markdown.out, /^### Removed \(1\)$/m);
  });

  it("exits with 0 where there is no difference", async () => {
    const same = ["--from", "./api.binpb", "--to", "./api.binpb", "--fail-on", "any"];
    const { exitCode, out } = await zitadelConnect(directory.path, "diff", ...same);
    assert.equal(exitCode, 0);
    assert.match(out, /No difference/);
  });
});
