import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { create, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { root } from "../../scripts/pinned-api.ts";
import { invoiceFile } from "../client/support/invoices.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../codegen/support/files.ts";
import { zitadelConnect } from "./support.ts";

const run = promisify(execFile);
const RUNTIME = "node_modules/@bufbuild/protobuf";

/** Files that import each other, and a well-known type. */
const PROTOS = {
  "protos/acme/thing/v1/state.proto": `syntax = "proto3";
    package acme.thing.v1;
    enum State { STATE_UNSPECIFIED = 0; STATE_ACTIVE = 1; }`,
  "protos/acme/thing/v1/thing.proto": `syntax = "proto3";
    package acme.thing.v1;
    import "acme/thing/v1/state.proto";
    import "google/protobuf/timestamp.proto";
    message GetThingRequest { string id = 1; }
    message Thing { string id = 1; State state = 2; google.protobuf.Timestamp created = 3; }
    service ThingService { rpc GetThing(GetThingRequest) returns (Thing); }`,
};

/** A project outside of this repository, with nothing installed. */
function project(): TemporaryDirectory {
  return temporaryDirectory({ "package.json": '{ "type": "module" }', ...PROTOS });
}

function generate({ path }: TemporaryDirectory, ...args: string[]) {
  return zitadelConnect(path, "generate", "--from", "protos", "--out", "things", ...args);
}

function installRuntime({ path }: TemporaryDirectory): void {
  mkdirSync(join(path, "node_modules/@bufbuild"), { recursive: true });
  symlinkSync(join(root, RUNTIME), join(path, RUNTIME));
}

describe("generated code", () => {
  it("needs @bufbuild/protobuf, and the command says so where it cannot be resolved from there", async () => {
    using directory = project();
    assert.equal(
      (await generate(directory)).err,
      "Note: generated code imports @bufbuild/protobuf, which is not installed there: npm install @bufbuild/protobuf\n",
    );
  });

  it("needs a version of it at least as new as the generator", async () => {
    using directory = project();
    mkdirSync(join(directory.path, RUNTIME), { recursive: true });
    const manifest = { name: "@bufbuild/protobuf", version: "2.2.5", main: "index.js" };
    writeFileSync(join(directory.path, RUNTIME, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(directory.path, RUNTIME, "index.js"), "");
    assert.match(
      (await generate(directory)).err,
      /^Note: @bufbuild\/protobuf 2\.2\.5 is installed, which is older than 2\.\d+\.\d+, but generated code needs it: npm install @bufbuild\/protobuf\n$/,
    );
  });

  it("runs unchanged in Node.js, as TypeScript whose files import each other as .ts", async () => {
    using directory = project();
    installRuntime(directory);
    const { exitCode, err } = await generate(directory, "--target", "ts", "--import-extension", "ts");
    assert.deepEqual([exitCode, err], [0, ""]);
    const main = `
      import { services } from "./things/services.ts";
      import { State } from "./things/acme/thing/v1/state_pb.ts";
      const service = await services.acme.thing.v1.$service.load();
      console.log(service.typeName, State.ACTIVE);`;
    writeFileSync(join(directory.path, "main.ts"), main);
    const { stdout } = await run(process.execPath, ["main.ts"], { cwd: directory.path });
    assert.equal(stdout, "acme.thing.v1.ThingService 1\n");
  });

  for (const [module, moduleResolution, extension] of [
    ["commonjs", "node10", "none"],
    ["nodenext", "nodenext", "js"],
  ] as const) {
    it(`compiles to CommonJS, with module ${module} and imports with ${extension} as extension`, async () => {
      using directory = project();
      installRuntime(directory);
      writeFileSync(join(directory.path, "package.json"), "{}");
      await generate(directory, "--target", "ts", "--import-extension", extension);
      const tsc = join(root, "node_modules/typescript-language-service/bin/tsc");
      const flags = [
        "--strict",
        "--target",
        "es2022",
        "--lib",
        "es2022",
        "--skipLibCheck",
        "--outDir",
        "out",
      ];
      const how = ["--module", module, "--moduleResolution", moduleResolution];
      const files = [tsc, ...flags, ...how, "things/services.ts"];
      await run(process.execPath, files, { cwd: directory.path }).catch(({ stdout }) => assert.fail(stdout));
      const main = `
        const { services } = require("./out/services.js");
        services.acme.thing.v1.$service.load().then(({ typeName }) => console.log(typeName));`;
      writeFileSync(join(directory.path, "main.cjs"), main);
      const { stdout } = await run(process.execPath, ["main.cjs"], { cwd: directory.path });
      assert.equal(stdout, "acme.thing.v1.ThingService\n");
    });
  }

  it("is refused as JavaScript that would import .ts files", async () => {
    using directory = project();
    const { exitCode, err } = await generate(directory, "--import-extension", "ts");
    assert.equal(exitCode, 2);
    assert.match(err, /--import-extension ts: there are no \.ts files with --target js; give --target ts/);
  });

  it("has streaming RPCs in its tree, which the command names", async () => {
    using directory = project();
    installRuntime(directory);
    const image = create(FileDescriptorSetSchema, { file: [invoiceFile] });
    writeFileSync(join(directory.path, "api.binpb"), toBinary(FileDescriptorSetSchema, image));
    const { err } = await zitadelConnect(
      directory.path,
      "generate",
      ...["--from", "api.binpb", "--out", "invoices"],
    );
    const service = "acme.billing.v1.InvoiceService";
    assert.equal(
      err,
      `Note: These RPCs stream their responses: ${service}/WatchInvoices.\n` +
        "Note: These RPCs stream their requests, which clients do not support; calling them throws: " +
        `${service}/DiscussInvoices, ${service}/UploadInvoices.\n`,
    );
    const url = pathToFileURL(join(directory.path, "invoices/services.js")).href;
    const { services } = await import(url);
    assert.deepEqual(services.acme.billing.v1.$service.streams, {
      watchInvoices: "server",
      uploadInvoices: "client",
      discussInvoices: "bidi",
    });
    const types = readFileSync(join(directory.path, "invoices/services.d.ts"), "utf8");
    assert.match(types, /streams: \{\s+watchInvoices: "server";/);
  });
});
