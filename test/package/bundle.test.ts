import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import { root } from "../../scripts/pinned-api.ts";

const run = promisify(execFile);

describe("a program in one minified file", () => {
  let folder: string;

  // Within the package, which resolves its own name.
  before(() => {
    folder = mkdtempSync(join(root, "dist/bundle-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Bundles ES modules with all their imports, including dynamic ones. Returns the file. */
  async function bundle(name: string, code: string): Promise<string> {
    const input = join(folder, `${name}.js`);
    const file = join(folder, `${name}.min.mjs`);
    writeFileSync(input, code);
    // Not with tsconfig.json, which maps the package's name to src/.
    await using build = await rolldown({ input, platform: "node", tsconfig: false, logLevel: "silent" });
    const { output } = await build.write({ file, format: "esm", codeSplitting: false, minify: true });
    // It contains protobuf-es once, as the program does.
    assert.ok(!output[0].moduleIds.some((id) => id.endsWith("/dist/protobuf.js")));
    return file;
  }

  const size = (file: string): number => readFileSync(file).length;

  it("has at most 450 kB with one RPC of the pinned API, called by its descriptor", async () => {
    const file = await bundle(
      "descriptor",
      `import { createZitadel } from "zitadel-connect/core";
       import { UserService } from "zitadel-connect/api/zitadel/user/v2/user_service_pb.js";
       await createZitadel().client(UserService).getUserByID({ userId: "1" });`,
    );
    assert.ok(size(file) <= 450_000, `${size(file)} bytes`);
  });

  it("has at most 450 kB with three services of its own, and works", async () => {
    const entry = (path: string, name: string) => `{ $service: {
      typeName: ${JSON.stringify(`zitadel.${path}.v2.${name}`)}, methods: ["getUserByID"], lists: {},
      load: () => import("zitadel-connect/api/zitadel/${path}/v2/${path}_service_pb.js").then((m) => m.${name}),
    } }`;
    const file = await bundle(
      "services",
      `import { createZitadel, personalAccessToken } from "zitadel-connect/core";
       const services = {
         user: { v2: ${entry("user", "UserService")} },
         org: { v2: ${entry("org", "OrganizationService")} },
         session: { v2: ${entry("session", "SessionService")} },
       };
       const auth = personalAccessToken({ token: "a-token" });
       const zitadel = createZitadel({ url: "http://localhost:1", auth, services, connectTimeoutMs: 1 });
       await zitadel.user.v2.getUserByID({ userId: "1" }).catch((error) => console.log(error.fault));`,
    );
    assert.equal((await run(process.execPath, [file])).stdout, "not-connected\n");
    assert.ok(size(file) <= 450_000, `${size(file)} bytes`);
  });

  it("has errors with their usual names", async () => {
    const file = await bundle(
      "errors",
      `import { bulk, createZitadel, personalAccessToken, until } from "zitadel-connect";
       import { inspect } from "node:util";
       const shown = [];
       const show = async (work) => {
         const error = await (async () => await work())().catch((thrown) => thrown);
         shown.push([error.name, inspect(error).split(":")[0]]);
         return error;
       };
       const url = "http://127.0.0.1:1";
       await show(() => createZitadel({ nope: 1 }));
       const zitadel = createZitadel({
         url,
         auth: personalAccessToken({ token: "a-token" }),
         connectTimeoutMs: 1,
       });
       const error = await show(() => zitadel.user.v2.getUserByID({ userId: "1" }));
       for (let { cause } = error; cause !== undefined; { cause } = cause) await show(() => Promise.reject(cause));
       await show(async () => { for await (const _ of zitadel.user.v2.listUsers()); });
       await show(() => until(async () => undefined, { timeoutMs: 1 }));
       await show(() => bulk([1], async () => { throw new Error("x"); }));
       await show(() => createZitadel({ url, auth: { getToken: async () => 1 } }).getAccessToken());
       console.log(JSON.stringify(shown));`,
    );
    const { stdout } = await run(process.execPath, [file]);
    assert.deepEqual(JSON.parse(stdout), [
      ["TypeError", "TypeError"],
      // Connect recognizes its errors, which ours are, by this name.
      ["ConnectError", "ZitadelError"],
      ["Error", "Error"],
      ["ConnectError", "ListError"],
      ["UntilError", "UntilError"],
      ["BulkError", "BulkError"],
      ["AuthError", "AuthError"],
    ]);
  });
});

describe("classes of errors", () => {
  it("have their names as strings, since minifiers rename classes", () => {
    const nameless = globSync("src/**/*.ts", { cwd: root }).flatMap((path) => {
      const source = readFileSync(join(root, path), "utf8");
      return [...source.matchAll(/class (\w+)\S* .*extends \w*Error {([^}]*)/g)]
        .filter(([, , body = ""]) => !body.includes("static override readonly name: string = "))
        .map(([, name]) => `${path}: ${name}`);
    });
    assert.deepEqual(nameless, []);
  });
});
