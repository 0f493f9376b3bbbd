import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { clone, create, createFileRegistry, type DescFile } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { root } from "../../scripts/pinned-api.ts";
import { formatApiRecord } from "../../src/codegen/api-record.ts";
import { runBuf } from "../../src/codegen/buf.ts";
import { toCanonicalFiles } from "../../src/codegen/canonical/canonical-form.ts";
import { createDocumentedImage } from "../../src/codegen/documented-image.ts";
import { decodeFiles } from "../../src/codegen/files/decode-files.ts";
import { computeApiDigest, computeContentsDigest } from "../../src/codegen/identity.ts";
import { encodeBareImage } from "../../src/codegen/image.ts";
import { type Api, readApi } from "../../src/codegen/read-api.ts";
import { parseSource } from "../../src/codegen/sources/parse-source.ts";
import { readPinnedApi } from "../../src/codegen/sources/pin.ts";
import { ACME } from "./support/acme.ts";
import { toSource } from "./support/apis.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./support/files.ts";
import { serveReflection } from "./support/reflection-server.ts";

const read = (spec: string, directory: string) => readApi(parseSource(spec, { directory }));

/** What a server has of files: no documentation. */
function asServed(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  return files.map((file) => {
    const served = clone(FileDescriptorProtoSchema, file);
    delete served.sourceCodeInfo;
    return served;
  });
}

function bare(files: readonly DescFile[]): string {
  return Buffer.from(encodeBareImage(files)).toString("base64");
}

describe("the identity of an API", () => {
  let directory: TemporaryDirectory;
  let built: FileDescriptorProto[];
  let api: Api;

  before(async () => {
    directory = temporaryDirectory(ACME);
    const image = join(directory.path, "built.binpb");
    await runBuf(["build", join(directory.path, "proto"), "--output", image]);
    built = decodeFiles(readFileSync(image), "built.binpb");
    api = await read("./proto", directory.path);
  });
  after(() => directory[Symbol.dispose]());

  it("is the same for a directory, an image, an archive, git and a live instance that shuffles everything", async () => {
    const { path } = directory;
    await runBuf(["build", "proto", "-o", "api.binpb"], { cwd: path });
    execFileSync("tar", ["-czf", "api.tar.gz", "proto"], { cwd: path });
    execFileSync("git", ["init", "-q", "-b", "main"], { cwd: path });
    execFileSync("git", ["add", "proto"], { cwd: path });
    const user = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    execFileSync("git", [...user, "commit", "-q", "-m", "first"], { cwd: path });
    await using server = await serveReflection({ files: asServed(built), shuffled: true });
    const specs = ["api.binpb", "api.tar.gz#strip_components=1", ".git#branch=main,subdir=proto"];
    for (const spec of [...specs, server.origin, server.origin]) {
      const same = await read(spec, path);
      assert.equal(computeApiDigest(same.files), computeApiDigest(api.files), spec);
      assert.equal(bare(same.files), bare(api.files), spec);
    }
  });

  it("does not include documentation: comments, OpenAPI texts, a license", async () => {
    const thing = ACME["proto/acme/thing.proto"] ?? "";
    const reworded = thing
      .replace("// Of things.", "// About things.")
      .replace("// For Acme.", "// For all.")
      .replace("Gets a thing.", "Gives a thing.")
      .replace('"None"', '"No such thing"');
    using other = temporaryDirectory({ ...ACME, "proto/acme/thing.proto": reworded });
    const same = await read("./proto", other.path);
    assert.equal(computeApiDigest(same.files), computeApiDigest(api.files));
    assert.notDeepEqual(await createDocumentedImage(same), await createDocumentedImage(api));
  });

  it("does not include options for other languages, nor defaults that a source states explicitly", async () => {
    const spelled = asServed(built).map((file) => {
      if (file.name !== "acme/thing.proto") return file;
      if (file.options) Object.assign(file.options, { javaPackage: "org.acme", rubyPackage: "Acme" });
      file.dependency = file.dependency.toReversed();
      for (const field of file.messageType.flatMap((type) => type.field)) {
        if (field.name === "id") field.jsonName = "";
      }
      return file;
    });
    const same = await readApi(toSource(spelled));
    assert.equal(computeApiDigest(same.files), computeApiDigest(api.files));
  });

  it("changes with what callers see: a JSON name, a binding, a deprecation, the team's own option", async () => {
    const thing = ACME["proto/acme/thing.proto"] ?? "";
    for (const [from, to] of [
      ['"called"', '"named"'],
      ["/things/{id}", "/thing/{id}"],
      ["deprecated: true", "deprecated: false"],
      ["requests: 9", "requests: 10"],
      ["string id", "bytes id"],
    ] as const) {
      assert.ok(thing.includes(from));
      using other = temporaryDirectory({ ...ACME, "proto/acme/thing.proto": thing.replace(from, to) });
      assert.notEqual(
        computeApiDigest((await read("./proto", other.path)).files),
        computeApiDigest(api.files),
        to,
      );
    }
  });

  it("includes the types of error details, but not types that neither an RPC nor an error needs", async () => {
    const changed = async (path: string, from: string) => {
      using other = temporaryDirectory({ ...ACME, [path]: (ACME[path] ?? "").replace(from, "other") });
      return (await read("./proto", other.path)).files;
    };
    const event = await changed("proto/acme/event.proto", "what");
    assert.equal(computeApiDigest(event), computeApiDigest(api.files));
    assert.notEqual(computeContentsDigest(event), computeContentsDigest(api.files));
    const error = await changed("proto/acme/errors/v1/error.proto", "since");
    assert.notEqual(computeApiDigest(error), computeApiDigest(api.files));
  });

  it("includes all types if there is no service", async () => {
    const events = { "event.proto": ACME["proto/acme/event.proto"] ?? "" };
    using one = temporaryDirectory(events);
    using other = temporaryDirectory({ "event.proto": events["event.proto"].replace("what", "which") });
    const digests = [one, other].map(async ({ path }) => computeApiDigest((await read(path, ".")).files));
    assert.notEqual(await digests[0], await digests[1]);
  });

  it("does not depend on documentation that was added, nor on the order of files", async () => {
    const reversed = await readApi(toSource(built.toReversed()));
    assert.equal(bare(reversed.files), bare(api.files));
    assert.deepEqual(await createDocumentedImage(reversed), await createDocumentedImage(api));
  });

  it("excludes what only annotates, unless it is requested", async () => {
    const names = ({ files }: Api) =>
      files.map(({ proto }) => proto.name).filter((name) => !/^acme\/(e|t)/.test(name));
    assert.deepEqual(names(api), []);
    const source = parseSource("./proto", { directory: directory.path });
    assert.deepEqual(names(await readApi(source, { include: ["acme.ThingService", "acme.limits"] })), [
      "google/protobuf/descriptor.proto",
      "acme/options.proto",
    ]);
    writeFileSync(
      join(directory.path, "proto/acme/user.proto"),
      'syntax = "proto3"; package acme; import "google/api/http.proto"; message User { google.api.HttpRule rule = 1; }',
    );
    assert.deepEqual(names(await readApi(source)), ["google/api/http.proto", "acme/user.proto"]);
  });
});

describe("the canonical form of the pinned API", () => {
  let raw: readonly DescFile[];
  let canonical: readonly DescFile[];
  before(async () => {
    raw = (await readPinnedApi()).files;
    canonical = toCanonicalFiles(raw);
  });

  it("is the same for every RPC: access, paging, items, token, deprecation", () => {
    assert.equal(formatApiRecord(canonical), formatApiRecord(raw));
    assert.equal(formatApiRecord(canonical), readFileSync(join(root, "proto/api.tsv"), "utf8"));
  });

  it("keeps the options that are read: bindings, permissions, rules and field behavior, but nothing else", () => {
    const numbers = (files: readonly DescFile[]) =>
      new Set(
        files
          .filter(({ proto }) => proto.package.startsWith("zitadel."))
          .flatMap(({ messages, services }) => [
            ...services.flatMap(({ methods }) => methods),
            ...messages.flatMap(({ fields }) => fields),
          ])
          .flatMap(({ proto }) => proto.options?.$unknown?.map(({ no }) => no) ?? []),
      );
    assert.deepEqual([...numbers(canonical)].sort(), [1052, 1071, 50000, 50001, 72295728].sort());
    assert.ok(numbers(raw).has(1042));
  });

  it("is its own canonical form", () => {
    assert.equal(bare(toCanonicalFiles(canonical)), bare(canonical));
    const file = canonical.map(({ proto }) => proto);
    const again = createFileRegistry(create(FileDescriptorSetSchema, { file })).files;
    assert.equal(bare([...again]), bare(canonical));
  });

  it("is what generated modules contain: none imports annotations, or contains OpenAPI's", () => {
    const modules = globSync("gen/zitadel/**/*_pb.js", { cwd: root });
    assert.ok(modules.length > 100);
    const carrying = modules.filter((name) =>
      /openapiv2|file_google_api|validate_validate/.test(readFileSync(join(root, name), "utf8")),
    );
    assert.deepEqual(carrying, []);
  });
});
