import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
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

/** In one thread: each further one checks many of the same declarations again. */
const TSC = [bin("tsc"), "--singleThreaded"];

/**
 * Compiler options of programs. TypeScript 7 no longer has the first, which is the default of "module": "commonjs".
 *
 * All declarations are checked once for each format: those for `require()` here, which is strictest with `node16`, those for
 * `import` below. Types that a compiler does not find are not those that the program expects.
 */
const CONSUMERS = [
  {
    module: "commonjs",
    moduleResolution: "node10",
    tsc: [join(root, "node_modules/typescript-language-service/bin/tsc"), "--skipLibCheck"],
    files: ["consumer.ts"],
  },
  {
    module: "node16",
    moduleResolution: "node16",
    tsc: [...TSC, "--skipDefaultLibCheck"],
    files: ["consumer.cts"],
  },
  {
    module: "nodenext",
    moduleResolution: "nodenext",
    tsc: [...TSC, "--skipLibCheck"],
    files: ["consumer.cts", "consumer.ts"],
  },
  {
    module: "preserve",
    moduleResolution: "bundler",
    tsc: [...TSC, "--skipLibCheck"],
    files: ["consumer.ts"],
  },
];

const BOTH_FORMATS = `
  import { createRequire } from "node:module";
  import * as module from "zitadel-connect";
  const commonJs = createRequire(import.meta.url)("zitadel-connect");
  const found = [module.ZitadelError !== commonJs.ZitadelError ? "two copies" : "one copy"];
  for (const [one, other] of [[module, commonJs], [commonJs, module]]) {
    const auth = one.personalAccessToken({ token: "a-token" });
    const zitadel = one.createZitadel({ url: "http://localhost:1", auth, retry: { maxAttempts: 1 } });
    const error = await zitadel.user.v2.getUserByID({ userId: "1" }).catch((error) => error);
    found.push(error instanceof other.ZitadelError, other.isZitadelError(error), other.isUnavailable(error));
  }
  console.log(JSON.stringify(found));`;

describe("the packed package", () => {
  let project: string;
  let tarball: string;
  /** The package, installed. */
  let installed: string;

  before(async () => {
    project = mkdtempSync(join(tmpdir(), "package-"));
    const { stdout } = await run(
      "npm",
      ["pack", "--json", "--ignore-scripts", "--pack-destination", project],
      { cwd: root },
    );
    tarball = join(project, `zitadel-connect-${version()}.tgz`);
    installed = join(project, "node_modules/zitadel-connect");
    assert.match(stdout, /"name": "zitadel-connect"/);
    await install();
    writeFileSync(join(project, "package.json"), '{ "name": "a-user", "type": "module" }');
  });
  after(() => rmSync(project, { recursive: true }));

  /** Installs like npm, but without a registry: the package, and next to it only what it declares. */
  async function install(): Promise<void> {
    const modules = join(project, "node_modules");
    mkdirSync(installed, { recursive: true });
    await run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
    const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    for (const name of [...Object.keys(dependencies), "@opentelemetry/api", "@types/node", "undici-types"]) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(root, "node_modules", name), join(modules, name));
    }
  }

  const command = (...args: string[]) =>
    run(process.execPath, [join(installed, "dist/cli.js"), ...args], { cwd: project });

  const program = (load: string) => `${load}
    const zitadel = createZitadel({ url: "http://localhost:1", auth: personalAccessToken({ token: "a-token" }) });
    zitadel.user.v2.getUserByID({ userId: "1" }, { timeoutMs: 1_000 }).catch((error) => {
      console.log(error.constructor.name, error.origin, error.method, "user" in services);
    });`;
  const expected = "ZitadelError transport zitadel.user.v2.UserService/GetUserByID true\n";

  it("works when imported", async () => {
    const code = program(`
      import { createZitadel, personalAccessToken } from "zitadel-connect";
      import { services } from "zitadel-connect/api/services.js";`);
    writeFileSync(join(project, "main.mjs"), code);
    assert.equal((await run(process.execPath, ["main.mjs"], { cwd: project })).stdout, expected);
  });

  it("works when required", async () => {
    const code = program(`
      const { createZitadel, personalAccessToken } = require("zitadel-connect");
      const { services } = require("zitadel-connect/api/services.js");`);
    writeFileSync(join(project, "main.cjs"), code);
    assert.equal((await run(process.execPath, ["main.cjs"], { cwd: project })).stdout, expected);
  });

  /** The paths of all files of the package. */
  function listFiles(): string[] {
    const paths = readdirSync(installed, { recursive: true, encoding: "utf8" });
    return paths
      .filter((path) => statSync(join(installed, path)).isFile())
      .map((path) => path.replaceAll("\\", "/"));
  }

  for (const { module, moduleResolution, files, tsc } of CONSUMERS) {
    it(`type-checks with moduleResolution ${moduleResolution} as ${files.join(" and ")}`, async () => {
      for (const file of files) cpSync(join(import.meta.dirname, "consumer.ts.txt"), join(project, file));
      const flags = ["--noEmit", "--strict", "--target", "es2023", "--types", "node"];
      const how = ["--module", module, "--moduleResolution", moduleResolution];
      await run(process.execPath, [...tsc, ...flags, ...how, ...files], { cwd: project }).catch((error) =>
        assert.fail(error.stdout),
      );
    });
  }

  it("type-checks its declarations, of all entry points, in a program without the types of Node", async () => {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const entries = Object.keys(exports).filter((entry) => !/[*]|json$/.test(entry));
    const imports = entries.map(
      (entry, index) => `export * as m${index} from "zitadel-connect${entry.slice(1)}";`,
    );
    writeFileSync(join(project, "no-node.ts"), imports.join("\n"));
    const lib = ["es2023", "dom", "dom.iterable", "dom.asynciterable", "esnext.disposable"];
    const compilerOptions = {
      noEmit: true,
      strict: true,
      target: "es2023",
      module: "nodenext",
      lib,
      types: [],
      skipDefaultLibCheck: true,
    };
    const config = { compilerOptions, files: ["no-node.ts"] };
    writeFileSync(join(project, "no-node.json"), JSON.stringify(config));
    await run(process.execPath, [...TSC, "-p", "no-node.json"], { cwd: project }).catch((error) =>
      assert.fail(error.stdout),
    );
  });

  it("has each class once in each format, whichever entry points a program imports", () => {
    const dist = join(installed, "dist");
    for (const format of ["*.js", "*.cjs"]) {
      const code = globSync(format, { cwd: dist }).map((name) => readFileSync(join(dist, name), "utf8"));
      const classes = code.flatMap((text) => [
        ...text.matchAll(/\b(?:var|let|const) (\w*Error) ?= ?class\b/g),
      ]);
      const names = classes.map(([, name]) => name);
      assert.ok(names.includes("ZitadelError") && names.includes("AuthError"));
      assert.deepEqual(names, [...new Set(names)]);
    }
  });

  it("recognizes the errors of its other format, where a program loads both", async () => {
    writeFileSync(join(project, "both.mjs"), BOTH_FORMATS);
    const { stdout } = await run(process.execPath, ["both.mjs"], { cwd: project });
    assert.equal(stdout, '["two copies",true,true,true,true,true,true]\n');
  });

  it("explains in one sentence what it needs where Node.js is too old", async () => {
    const old = ["--import", "data:text/javascript,delete Promise.withResolvers"];
    const cli = join(installed, "dist/cli.js");
    const sentence = `zitadel-connect needs Node.js 22.13 or newer; this is ${process.version}`;
    await assert.rejects(run(process.execPath, [...old, cli, "doctor"]), {
      code: 1,
      stderr: `${sentence}\n`,
    });
    writeFileSync(join(project, "old.cjs"), 'require("zitadel-connect").createZitadel();');
    await assert.rejects(run(process.execPath, [...old, "old.cjs"], { cwd: project }), ({ stderr }) =>
      stderr.includes(`Error: ${sentence}\n`),
    );
  });

  it("has less than 14 MB, unpacked", () => {
    const total = listFiles().reduce((sum, path) => sum + statSync(join(installed, path)).size, 0);
    assert.ok(total > 5_000_000 && total < 14_000_000, `${total} bytes`);
  });

  it("costs a compiler little: a program with one call creates fewer than 5,000 types", async () => {
    // Comparing every service with DescService, which easily happens by accident, creates 19,000.
    const call =
      'import { createZitadel } from "zitadel-connect"; await createZitadel().user.v2.getUserByID();';
    writeFileSync(join(project, "one-call.ts"), call);
    const flags = ["--noEmit", "--strict", "--target", "es2023", "--module", "nodenext", "--types", "node"];
    const command = [...TSC, ...flags, "--skipLibCheck", "--extendedDiagnostics", "one-call.ts"];
    const { stdout } = await run(process.execPath, command, { cwd: project });
    assert.ok(Number(/^Types: +(\d+)/m.exec(stdout)?.[1]) < 5_000, stdout);
  });

  it("contains the licenses of bundled code", () => {
    const read = (name: string) => readFileSync(join(installed, "dist/licenses", name), "utf8");
    assert.match(read("Apache-2.0.txt"), /Apache License\s+Version 2\.0[\s\S]*END OF TERMS AND CONDITIONS/);
    assert.match(read("protobuf-varint.txt"), /^Copyright 2008 Google Inc\.[\s\S]*SUCH DAMAGE\./);
  });

  it("contains nothing but dist, gen, and documents", () => {
    const unexpected = listFiles().filter(
      (path) =>
        !/^((dist|gen)\/.*\.(js|d\.ts)|dist\/(workerd\/)?[^/]*\.(cjs|d\.cts|c?js\.map)|src\/.*\.ts|dist\/gen\/package\.json|dist\/licenses\/(Apache-2\.0\.txt|jose\.md|protobuf-varint\.txt)|gen\/api\.binpb\.br|docs\/.*\.(md|webp)|examples\/(recipes\/)?[^/]*\.ts|package\.json|README\.md|LICENSE|NOTICE|zitadel-(connect|emulator)\.schema\.json)$/.test(
          path,
        ),
    );
    assert.deepEqual(unexpected, []);
  });

  it("has a command, which says what to install if the generators are missing", async () => {
    // Even before it reads the API.
    const generate = () => command("generate", "--from", "absent.binpb", "--out", "zitadel");
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
  });

  it("has a command, which runs Buf by its own script where its program is elsewhere", async () => {
    const buf = join(project, "node_modules/@bufbuild/buf");
    const protocGenEs = join(project, "node_modules/@bufbuild/protoc-gen-es");
    mkdirSync(join(buf, "bin"), { recursive: true });
    writeFileSync(join(buf, "package.json"), '{ "name": "@bufbuild/buf", "version": "1.99.0" }');
    writeFileSync(join(buf, "bin/buf"), 'console.error("there is no program"); process.exitCode = 1;');
    symlinkSync(join(root, "node_modules/@bufbuild/protoc-gen-es"), protocGenEs);
    mkdirSync(join(project, "proto"));
    writeFileSync(join(project, "proto/a.proto"), 'syntax = "proto3"; package a.v1; service A {}');
    await assert.rejects(command("generate", "--from", "./proto", "--out", "a"), {
      stderr: /there is no program/,
    });
    rmSync(buf, { recursive: true });
    rmSync(protocGenEs);
  });

  it("has a command, which generates code", async () => {
    for (const name of ["@bufbuild/buf", "@bufbuild/protoc-gen-es"]) {
      symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name));
    }
    const args = ["--from", "pin", "--out", "zitadel", "--include", "zitadel.org.v2"];
    const { stdout, stderr } = await command("generate", ...args);
    assert.match(stdout, /^Generated 1 service with \d+ RPCs /);
    assert.equal(stderr, "", "no progress is shown without a terminal");
    assert.ok(existsSync(join(project, "zitadel/services.js")));
  });

  it("passes publint and attw", async () => {
    const fail = (error: { stdout: string }) => assert.fail(error.stdout);
    await run(bin("publint"), [installed, "--strict", "--pack", "false"]).catch(fail);
    const generated = ["--include-entrypoints", "api/zitadel/user/v2/user_service_pb.js"];
    await run(bin("attw"), [tarball, "--no-emoji", "--no-color", ...generated]).catch(fail);
  });
});

it("the version in the code is that of package.json", async () => {
  assert.equal((await import("../../src/version.ts")).version, version());
});

function version(): string {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
}
