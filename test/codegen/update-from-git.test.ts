import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { root } from "../../scripts/pinned-api.ts";
import { listServices, readImage } from "../../src/codegen/api-record.ts";
import { encodeSource } from "../../src/codegen/update/pinned-image.ts";
import { type Pin, readPin, writePin } from "../../src/codegen/update/pinned-package.ts";
import { createPinnedSource } from "../../src/codegen/update/pinned-source.ts";
import { updateApi } from "../../src/codegen/update/update-api.ts";
import { copyPackage } from "./support/package-pin.ts";
import { commitAll, git } from "./support/sources.ts";

/** A repository like Zitadel's: .proto files that import those of others. */
const api = (...rpcs: string[]) => `
  syntax = "proto3";
  package zitadel.thing.v2;
  import "google/api/annotations.proto";
  import "validate/validate.proto";
  message Thing { string id = 1 [(validate.rules).string.min_len = 1]; }
  // Things.
  service ThingService {
    ${rpcs
      .map((name) => `rpc ${name}(Thing) returns (Thing) { option (google.api.http) = { get: "/${name}" }; }`)
      .join("\n")}
  }`;

describe("updateApi() from a repository's tags", () => {
  let directory: string;
  const ran: string[] = [];
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "update-from-git-"));
    for (const path of ["proto", "package-lock.json"]) {
      cpSync(join(root, path), join(directory, path), { recursive: true });
    }
    writePin(directory, copyPackage(directory, "zitadel/webkey/v2/webkey_service"));
    mkdirSync(join(directory, "zitadel"));
    release("v9.0.0", "GetThing");
    release("v9.1.0", "GetThing", "ReadThing");
  });
  after(() => rmSync(directory, { recursive: true }));

  const repository = (...args: string[]) => git(join(directory, "zitadel"), ...args);
  function release(tag: string, ...rpcs: string[]): void {
    const proto = join(directory, "zitadel/proto/zitadel/thing/v2");
    mkdirSync(proto, { recursive: true });
    writeFileSync(join(proto, "thing_service.proto"), api(...rpcs));
    writeFileSync(join(directory, "zitadel/main.go"), "package main");
    commitAll(join(directory, "zitadel"));
    repository("tag", tag);
  }
  const update = (source: string) =>
    updateApi({
      directory,
      source,
      npm: async (args) => {
        ran.push(args.join(" "));
      },
    });
  const tag = (version: string) => `./zitadel#tag=${version},subdir=proto`;

  it("pins the commit and the API of a tag, records it, and regenerates everything", async () => {
    const diff = await update(tag("v9.0.0"));
    assert.deepEqual(ran, ["run generate", "run record-secret-fields"]);
    assert.deepEqual([diff.to.services, diff.to.rpcs], [1, 1]);
    const pin = readPin(directory);
    assert.equal(pin.source, tag("v9.0.0"));
    assert.equal(pin.commit, repository("rev-parse", "v9.0.0"));
    assert.equal(pin.integrity, undefined);
    const record = readFileSync(join(directory, "proto/api.tsv"), "utf8");
    assert.match(record, /^zitadel\.thing\.v2\.ThingService\tGetThing\tread\t/m);
    const services = listServices(readImage(await encodeSource(createPinnedSource(pin, directory))));
    assert.deepEqual(
      services.map(({ typeName }) => typeName),
      ["zitadel.thing.v2.ThingService"],
    );
  });

  it("moves to a newer tag, and prints the difference", async () => {
    const diff = await update(tag("v9.1.0"));
    assert.deepEqual([diff.from.rpcs, diff.to.rpcs], [1, 2]);
    assert.match(JSON.stringify(diff), /zitadel\.thing\.v2\.ThingService\.ReadThing/);
    assert.equal(readPin(directory).commit, repository("rev-parse", "v9.1.0"));
  });

  it("reads the pinned commit, even if the tag has moved, and nothing with another digest", async () => {
    const pin = readPin(directory);
    repository("tag", "--force", "v9.1.0", "v9.0.0");
    await createPinnedSource(pin, directory).read(() => {});
    const tampered: Pin = { ...pin, commit: repository("rev-parse", "v9.0.0") };
    await assert.rejects(async () => createPinnedSource(tampered, directory).read(() => {}), {
      name: "CodegenError",
      message:
        /^proto\/source\.json pins \.\/zitadel#tag=v9\.1\.0,subdir=proto, but the API there has another/,
    });
  });

  it("refuses a branch, which moves, and an unknown tag", async () => {
    const pin = readPin(directory);
    await assert.rejects(update("./zitadel#branch=main,subdir=proto"), /cannot be pinned.*at a tag/);
    await assert.rejects(update(tag("v10.0.0")), { name: "CodegenError" });
    assert.deepEqual(readPin(directory), pin);
  });
});
