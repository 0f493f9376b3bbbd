import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { FileRegistry } from "@bufbuild/protobuf";
import { services } from "../../gen/services.js";
import { pinned, root } from "../../scripts/pinned-api.ts";
import { formatApiRecord, listServices, readImage } from "../../src/codegen/api-record.ts";
import { encodeImage } from "../../src/codegen/image.ts";
import { encodeSource } from "../../src/codegen/update/pinned-image.ts";
import { type Pin, requirePinnedPackage } from "../../src/codegen/update/pinned-package.ts";
import { copyPackage, packagePin } from "./support/package-pin.ts";
import { recorded } from "./support/recorded.ts";

interface Entry {
  readonly typeName: string;
  readonly methods: readonly string[];
}

/** All services of a tree, at any depth. */
function findEntries(tree: object): Entry[] {
  return Object.entries(tree).flatMap(([key, node]) => (key === "$service" ? [node] : findEntries(node)));
}

describe("the pinned API", () => {
  let image: Uint8Array;
  let files: FileRegistry;
  before(async () => {
    image = await encodeSource(pinned());
    files = readImage(image);
  });

  it("has the services and RPCs that are recorded, all in the service tree", () => {
    const inImage = listServices(files);
    const inTree = findEntries(services);
    assert.equal(inImage.length, recorded.services);
    assert.equal(inImage.flatMap(({ methods }) => methods).length, recorded.rpcs);
    assert.deepEqual(
      inTree.map(({ typeName, methods }) => [typeName, methods]).sort(),
      inImage.map(({ typeName, methods }) => [typeName, methods.map(({ localName }) => localName)]).sort(),
    );
  });

  it("is recorded in proto/api.tsv (if not: npm run record-api, and review what changed)", () => {
    assert.equal(readFileSync(join(root, "proto/api.tsv"), "utf8"), formatApiRecord(files.files));
  });

  it("is the same image for files in any order", () => {
    const reversed = [...files.files].reverse();
    assert.ok(Buffer.from(image).equals(encodeImage(reversed, new Map())));
  });
});

describe("requirePinnedPackage()", () => {
  const { version } = packagePin();
  let copy: string;
  let pin: Pin;
  before(() => {
    copy = mkdtempSync(join(tmpdir(), "pin-"));
    cpSync(join(root, "package-lock.json"), join(copy, "package-lock.json"));
    pin = copyPackage(copy, "zitadel/user");
  });
  after(() => rmSync(copy, { recursive: true }));

  it("accepts the package as npm installs it", () => {
    assert.equal(requirePinnedPackage(packagePin(), root).version, version);
    assert.equal(requirePinnedPackage(pin, copy).version, version);
  });

  it("names a package that is not installed", () => {
    assert.throws(() => requirePinnedPackage({ ...pin, source: "npm:@zitadel/absent@1.0.0" }, copy), {
      message: "proto/source.json pins npm:@zitadel/absent@1.0.0, but it is not installed: run `npm ci`.",
    });
  });

  it("names another version", () => {
    assert.throws(
      () => requirePinnedPackage({ ...pin, source: "npm:@zitadel/proto@0.0.1" }, copy),
      new RegExp(`version ${version} is installed`),
    );
  });

  it("names another integrity", () => {
    assert.throws(
      () => requirePinnedPackage({ ...pin, integrity: "sha512-other" }, copy),
      /has the integrity sha512-[A-Z].*sha512-other/i,
    );
  });

  it("detects a changed file", () => {
    writeFileSync(join(copy, "node_modules/@zitadel/proto/es/zitadel/user_pb.js"), "export {};");
    assert.throws(() => requirePinnedPackage(pin, copy), /its files were changed/);
  });
});
