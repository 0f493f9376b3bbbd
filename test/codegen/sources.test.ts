import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { root } from "../../scripts/pinned-api.ts";
import { runBuf } from "../../src/codegen/buf.ts";
import { computeApiDigest } from "../../src/codegen/identity.ts";
import { encodeBareImage } from "../../src/codegen/image.ts";
import { type Api, readApi } from "../../src/codegen/read-api.ts";
import { file, message, toSource } from "./support/apis.ts";
import { temporaryDirectory } from "./support/files.ts";
import { packagePin } from "./support/package-pin.ts";
import { serveRegistry } from "./support/registry.ts";
import { problem, read, rpcs } from "./support/sources.ts";

const PROTO = `// Licensed as you like.
syntax = "proto3";
package acme.greeter.v1;
import "acme/thing.proto";
// Greets people.
service GreeterService {
  rpc Greet(Thing) returns (Thing); // Says hello.
}
`;
const THING = 'syntax = "proto3"; package acme.greeter.v1; message Thing { string name = 1; }';
const PROTOS = { "acme/greeter.proto": PROTO, "acme/thing.proto": THING };

/** Uses what Zitadel's own files use: options and types of others. */
const ANNOTATED = `syntax = "proto3";
package acme.next.v1;
import "google/api/annotations.proto";
import "google/protobuf/timestamp.proto";
import "protoc-gen-openapiv2/options/annotations.proto";
import "validate/validate.proto";
import "zitadel/object/v2/object.proto";
service NextService {
  rpc GetNext(Next) returns (Next) { option (google.api.http) = { get: "/v1/next" }; }
}
message Next {
  string name = 1 [(validate.rules).string = {min_len: 1}];
  zitadel.object.v2.Details details = 2;
  google.protobuf.Timestamp at = 3;
  map<string, Next> others = 4;
  optional int32 number = 5 [(grpc.gateway.protoc_gen_openapiv2.options.openapiv2_field) = {title: "A number"}];
}
`;

describe("a directory of .proto files", () => {
  it("is compiled, with its comments", async () => {
    using directory = temporaryDirectory(PROTOS);
    const api = await read(".", directory.path);
    assert.deepEqual(rpcs(api), ["acme.greeter.v1.GreeterService/Greet"]);
    assert.equal(api.comments.get("service acme.greeter.v1.GreeterService"), "Greets people.");
    assert.equal(api.comments.get("rpc acme.greeter.v1.GreeterService.Greet"), "Says hello.");
  });

  it("may import what the pinned API has: no dependency is fetched, even if buf.yaml names it", async () => {
    const config = "version: v2\nmodules: [{path: proto}]\ndeps: [buf.build/googleapis/googleapis]\n";
    using directory = temporaryDirectory({ "proto/next.proto": ANNOTATED, "buf.yaml": config });
    const api = await read(directory.path, ".");
    assert.deepEqual(rpcs(api), ["acme.next.v1.NextService/GetNext"]);
    const pinned = await read("pin", ".");
    const bytes = (from: Api) =>
      encodeBareImage(from.files.filter(({ proto }) => proto.name.startsWith("google/api/")));
    const borrowed = new Set(api.files.map(({ proto }) => proto.name));
    const same = { ...pinned, files: pinned.files.filter(({ proto }) => borrowed.has(proto.name)) };
    assert.deepEqual(Buffer.from(bytes(api)), Buffer.from(bytes(same)));
  });

  it("is refused without .proto files", async () => {
    using directory = temporaryDirectory({ "readme.txt": "" });
    assert.match(await problem(directory.path), /has no \.proto files$/);
  });
});

describe("an image file", () => {
  it("may be binary, JSON or compressed, whatever its name, and always gives the same API", async () => {
    using directory = temporaryDirectory(PROTOS);
    const at = (name: string) => join(directory.path, name);
    await runBuf(["build", ".", "-o", "api.binpb"], { cwd: directory.path });
    await runBuf(["build", ".", "-o", "api.json"], { cwd: directory.path });
    await runBuf(["build", ".", "-o", "api.binpb.gz"], { cwd: directory.path });
    copyFileSync(at("api.binpb"), at("api.desc"));
    copyFileSync(at("api.binpb.gz"), at("descriptors"));
    const digests = new Set<string>();
    for (const name of ["api.binpb", "api.json", "api.binpb.gz", "api.desc", "descriptors"]) {
      const api = await read(at(name), ".");
      assert.equal(api.comments.get("service acme.greeter.v1.GreeterService"), "Greets people.");
      digests.add(computeApiDigest(api.files));
    }
    assert.equal(digests.size, 1);
  });

  it("may lack imports that the pinned API has", async () => {
    const lacking = file({
      name: "a.proto",
      package: "acme",
      dependency: ["zitadel/object/v2/object.proto"],
      messageType: [message("A", { details: "zitadel.object.v2.Details" })],
    });
    const api = await readApi(toSource([lacking]));
    assert.ok(api.files.some(({ proto }) => proto.name === "zitadel/object/v2/object.proto"));
  });

  it("is named in the error if it is invalid", async () => {
    using directory = temporaryDirectory({
      "a.binpb": "no image",
      "b.binpb.gz": "no gzip",
      "c.binpb.gz": gzipSync("no"),
    });
    assert.match(await problem("a.binpb", directory.path), /a\.binpb is not a FileDescriptorSet$/);
    assert.match(await problem("b.binpb.gz", directory.path), /b\.binpb\.gz is not a FileDescriptorSet$/);
    assert.match(await problem("c.binpb.gz", directory.path), /c\.binpb\.gz is not a FileDescriptorSet$/);
  });
});

describe("an npm package", () => {
  it("is the installed one if it has the right version", async () => {
    const { source } = packagePin();
    const api = await read(source, root);
    assert.equal(api.description, source);
    assert.ok(rpcs(api).length > 500);
  });

  it("is fetched by the npm client in any other version, range or tag, and may be given as a tarball", async () => {
    using directory = temporaryDirectory();
    const unpacked = join(directory.path, "package");
    cpSync(join(root, "node_modules/@zitadel/proto/es/zitadel/object"), join(unpacked, "es/zitadel/object"), {
      recursive: true,
    });
    for (const dependency of ["protoc-gen-openapiv2", "google", "validate"]) {
      cpSync(join(root, "node_modules/@zitadel/proto/es", dependency), join(unpacked, "es", dependency), {
        recursive: true,
      });
    }
    const manifest = { name: "@zitadel/proto", version: "9.0.0", type: "module" };
    writeFileSync(join(unpacked, "package.json"), JSON.stringify(manifest));
    execFileSync("tar", ["-czf", "proto.tgz", "package"], { cwd: directory.path });
    await using registry = await serveRegistry("@zitadel/proto", "9.0.0", join(directory.path, "proto.tgz"));
    const project = join(directory.path, "project");
    mkdirSync(project);
    const before = { ...process.env };
    Object.assign(process.env, {
      npm_config_registry: registry.url,
      npm_config_cache: join(directory.path, "cache"),
    });
    try {
      const api = await read("npm:@zitadel/proto@9.0.0", project);
      assert.equal(api.description, "npm:@zitadel/proto@9.0.0");
      assert.ok(api.files.some(({ proto }) => proto.name === "zitadel/object/v2/object.proto"));
      for (const wanted of ["^9.0.0 || >=8 <10", "latest"]) {
        assert.equal((await read(`npm:@zitadel/proto@${wanted}`, project)).description, api.description);
      }
      assert.equal((await read("proto.tgz", directory.path)).files.length, api.files.length);
      assert.match(await problem("npm:@zitadel/proto@8.0.0", project), /^npm pack @zitadel\/proto@8\.0\.0: /);
    } finally {
      process.env = before;
    }
  });
});

describe("an invalid source", () => {
  const cases: Record<string, RegExp> = {
    "npm:": /^"npm:" is not of the form npm:<package>@<version>/,
    "npm:@zitadel/proto@1; rm -rf": /is not of the form npm/,
    "npm:./proto.tgz": /is not of the form npm.*give a tarball by its path$/,
    "localhost:8080":
      /^"localhost:8080" has no scheme: write https:\/\/localhost:8080 .* or http:\/\/localhost:8080 /,
    "acme.zitadel.cloud":
      /^"acme\.zitadel\.cloud" has no scheme: write https:\/\/acme\.zitadel\.cloud for an instance/,
    "missing.zip": /^"missing\.zip" is not a file, directory or URL/,
    "file:///nowhere/api.zip": /is not a file, directory or URL/,
    "ftp://host/api.zip": /ftp:\/\/ is not supported;/,
    "https://acme.zitadel.cloud/ui/console": /is neither an instance, which has no path, nor/,
    "https://user:secret@acme.zitadel.cloud": /^"https:\/\/acme\.zitadel\.cloud": .*remove the credentials$/,
    "https://": /cannot be parsed as a URL$/,
    nowhere: /^"nowhere" is not a file, directory or URL/,
    "package.json/": /is not a file, directory or URL|image contains no files/,
  };
  for (const [spec, expected] of Object.entries(cases)) {
    it(`such as ${JSON.stringify(spec)} is refused with a sentence`, async () => {
      assert.match(await problem(spec), expected);
    });
  }
});
