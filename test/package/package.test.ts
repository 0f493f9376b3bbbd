import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";

const run = promisify(execFile);
const bin = (name: string) => join(root, "node_modules/.bin", name);

describe("the packed package", () => {
  let project: string;
  let tarball: string;

  before(async () => {
    project = mkdtempSync(join(tmpdir(), "package-"));
    const { stdout } = await run(
      "npm",
      ["pack", "--json", "--ignore-scripts", "--pack-destination", project],
      { cwd: root },
    );
    tarball = join(project, `zitadel-connect-${version()}.tgz`);
    assert.match(stdout, /"name": "zitadel-connect"/);
    await install();
    writeFileSync(join(project, "package.json"), '{ "name": "a-user", "type": "module" }');
  });
  after(() => rmSync(project, { recursive: true }));

  /** As npm would, without a registry: the package, and next to it only what it declares. */
  async function install(): Promise<void> {
    const modules = join(project, "node_modules");
    mkdirSync(join(modules, "zitadel-connect"), { recursive: true });
    await run("tar", ["-xzf", tarball, "-C", join(modules, "zitadel-connect"), "--strip-components=1"]);
    const { dependencies } = JSON.parse(readFileSync(join(modules, "zitadel-connect/package.json"), "utf8"));
    for (const name of [...Object.keys(dependencies), "@types/node", "undici-types"]) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(root, "node_modules", name), join(modules, name));
    }
  }

  const program = (load: string) => `${load}
    const zitadel = createZitadel({ url: "http://localhost:1", auth: personalAccessToken({ token: "a-token" }) });
    zitadel.user.v2.getUserByID({ userId: "1" }, { timeoutMs: 1_000 }).catch((error) => {
      console.log(error.constructor.name, error.origin, error.method);
    });`;
  const expected = "ZitadelError transport zitadel.user.v2.UserService/GetUserByID\n";

  it("works when imported", async () => {
    const code = program(`import { createZitadel, personalAccessToken } from "zitadel-connect";`);
    writeFileSync(join(project, "main.mjs"), code);
    assert.equal((await run(process.execPath, ["main.mjs"], { cwd: project })).stdout, expected);
  });

  it("works when required", async () => {
    const code = program(`const { createZitadel, personalAccessToken } = require("zitadel-connect");`);
    writeFileSync(join(project, "main.cjs"), code);
    assert.equal((await run(process.execPath, ["main.cjs"], { cwd: project })).stdout, expected);
  });

  for (const moduleResolution of ["nodenext", "bundler"]) {
    it(`type-checks with moduleResolution ${moduleResolution}, also its declarations`, async () => {
      cpSync(join(import.meta.dirname, "consumer.ts.txt"), join(project, "consumer.ts"));
      const module = moduleResolution === "bundler" ? "preserve" : "nodenext";
      const flags = ["--noEmit", "--strict", "--target", "es2023", "--module", module];
      const lib = ["--lib", "es2023,dom,esnext.disposable", "--types", "node"];
      await run(bin("tsc"), [...flags, "--moduleResolution", moduleResolution, ...lib, "consumer.ts"], {
        cwd: project,
      }).catch((error) => assert.fail(error.stdout));
    });
  }

  it("costs a compiler little: a program of one call makes fewer than 5,000 types", async () => {
    // Comparing every service with DescService, which is easily done by accident, makes 19,000.
    const call =
      'import { createZitadel } from "zitadel-connect"; await createZitadel().user.v2.getUserByID();';
    writeFileSync(join(project, "one-call.ts"), call);
    const flags = ["--noEmit", "--strict", "--target", "es2023", "--module", "nodenext", "--types", "node"];
    const { stdout } = await run(
      bin("tsc"),
      [...flags, "--skipLibCheck", "--extendedDiagnostics", "one-call.ts"],
      {
        cwd: project,
      },
    );
    assert.ok(Number(/^Types: +(\d+)/m.exec(stdout)?.[1]) < 5_000, stdout);
  });

  it("has nothing in it but dist, gen and its papers", async () => {
    const { stdout } = await run("tar", ["-tzf", tarball]);
    const unexpected = stdout
      .trim()
      .split("\n")
      .filter(
        (path) =>
          !/^package\/((dist|gen)\/.*\.(js|d\.ts)|dist\/[^/]*\.(cjs|d\.cts|c?js\.map)|src\/.*\.ts|dist\/gen\/package\.json|gen\/api\.binpb\.br|package\.json|README\.md|LICENSE|NOTICE|zitadel-connect\.schema\.json)$/.test(
            path,
          ),
      );
    assert.deepEqual(unexpected, []);
  });

  it("has a command, which says what to install as long as the generators are not there", async () => {
    const cli = join(project, "node_modules/zitadel-connect/dist/cli.js");
    const command = (...args: string[]) => run(process.execPath, [cli, ...args], { cwd: project });
    const generate = () =>
      command("generate", "--from", "pin", "--out", "zitadel", "--include", "zitadel.org.v2");
    await assert.rejects(generate, {
      code: 1,
      stderr:
        /^zitadel-connect: @bufbuild\/\S+ is not installed, .*: npm install --save-dev @bufbuild\/buf @bufbuild\/protoc-gen-es\n$/,
    });
    const buf = join(project, "node_modules/@bufbuild/buf");
    mkdirSync(buf);
    writeFileSync(join(buf, "package.json"), '{ "name": "@bufbuild/buf", "version": "1.49.0" }');
    await assert.rejects(generate, {
      stderr:
        /^zitadel-connect: @bufbuild\/buf 1\.49\.0 is installed, which is older than 1\.50\.0, .*: npm install --save-dev /,
    });
    rmSync(buf, { recursive: true });
    for (const name of ["@bufbuild/buf", "@bufbuild/protoc-gen-es"]) {
      symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name));
    }
    const { stdout, stderr } = await generate();
    assert.match(stdout, /^Generated 1 service with \d+ RPCs /);
    assert.equal(stderr, "", "nobody watches: no progress is shown");
    assert.ok(existsSync(join(project, "zitadel/services.js")));
    assert.match((await command("diff", "--from", "pin", "--to", "pin")).stdout, /No difference/);
  });

  it("is clean for publint and attw", async () => {
    const fail = (error: { stdout: string }) => assert.fail(error.stdout);
    await run(bin("publint"), [tarball, "--strict"]).catch(fail);
    await run(bin("attw"), [tarball, "--no-emoji", "--no-color"]).catch(fail);
  });
});

it("the version in the code is that of package.json", async () => {
  assert.equal((await import("../../src/version.ts")).version, version());
});

function version(): string {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
}
