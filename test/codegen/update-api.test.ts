import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { root } from "../../scripts/pinned-api.ts";
import { isDifferent } from "../../src/codegen/diff/diff.ts";
import { MARKDOWN, printDiff } from "../../src/codegen/diff/print.ts";
import { readPin, requirePinnedPackage, writePin } from "../../src/codegen/update/pinned-package.ts";
import type { RunNpm } from "../../src/codegen/update/run-npm.ts";
import { updateApi } from "../../src/codegen/update/update-api.ts";
import { copyPackage, packagePin } from "./support/package-pin.ts";

const PACKAGE = "node_modules/@zitadel/proto";
const installed = packagePin();

describe("updateApi()", () => {
  let directory: string;
  let ran: string[];
  beforeEach(() => {
    ran = [];
    directory = mkdtempSync(join(tmpdir(), "update-api-"));
    for (const path of ["proto", "package-lock.json"]) copy(path);
    writePin(
      directory,
      copyPackage(directory, "zitadel/webkey/v2/webkey_service", "zitadel/idp/v2/idp_service"),
    );
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const copy = (path: string) => cpSync(join(root, path), join(directory, path), { recursive: true });
  const read = (path: string) => readFileSync(join(directory, path), "utf8");
  const edit = (path: string, from: string, to: string) => {
    assert.ok(read(path).includes(from));
    writeFileSync(join(directory, path), read(path).replace(from, to));
  };

  /** "Installs" version 9.0.0, which no longer has the service of identity providers. */
  const npm: RunNpm = async (args) => {
    ran.push(args.join(" "));
    if (args[0] !== "install") return;
    edit(`${PACKAGE}/package.json`, `"version": "${installed.version}"`, '"version": "9.0.0"');
    edit("package-lock.json", readPin(directory).integrity ?? "", "sha512-nine");
    rmSync(join(directory, PACKAGE, "es/zitadel/idp/v2/idp_service_pb.js"));
  };
  const update = (source: string, by: RunNpm = npm) => updateApi({ directory, source, npm: by });

  it("installs the version, pins it, records the API and regenerates everything", async () => {
    await update(installed.source);
    const before = read("proto/api.tsv");
    ran = [];
    await update("npm:@zitadel/proto@9.0.0");
    assert.deepEqual(ran, [
      "install --save-dev --save-exact @zitadel/proto@9.0.0",
      "run generate",
      "run record-secret-fields",
    ]);
    const pin = readPin(directory);
    assert.deepEqual(pin, {
      source: "npm:@zitadel/proto@9.0.0",
      integrity: "sha512-nine",
      contents: requirePinnedPackage(pin, directory).contents,
    });
    const after = read("proto/api.tsv");
    const lost = /^zitadel\.idp\.v2\.IdentityProviderService\t.*\n/gm;
    assert.notEqual(after, before);
    assert.equal(after, before.replaceAll(lost, ""));
  });

  it("prints the difference between the old API and the new one", async () => {
    const diff = await update("npm:@zitadel/proto@9.0.0");
    assert.equal(diff.from.services - diff.to.services, 1);
    const text = printDiff(diff, MARKDOWN);
    assert.match(
      text,
      /^- from npm:@zitadel\/proto@[\d.]+: \d+ services, \d+ RPCs\n- to npm:@zitadel\/proto@9/,
    );
    assert.match(
      text,
      /### Removed \(\d+\)\n\n(- .*\n)*- service `zitadel\.idp\.v2\.IdentityProviderService`/,
    );
  });

  it("installs nothing and changes nothing if the version is already pinned", async () => {
    await update(installed.source);
    ran = [];
    const files = ["proto/source.json", "proto/api.tsv", "package-lock.json"];
    const before = files.map(read);
    const diff = await update(installed.source);
    assert.ok(!isDifferent(diff));
    assert.deepEqual(files.map(read), before);
    assert.deepEqual(ran, ["run generate", "run record-secret-fields"]);
    await update("npm:@zitadel/proto@9.0.0");
    const after = files.map(read);
    await update("npm:@zitadel/proto@9.0.0");
    assert.deepEqual(files.map(read), after);
  });

  for (const source of [
    "",
    "pin",
    "./proto",
    "https://acme.zitadel.cloud",
    "https://host/repo.git#branch=main",
    "npm:@zitadel/proto",
    "npm:@zitadel/proto@latest",
    "npm:@zitadel/proto@^1.0.0",
  ]) {
    it(`refuses "${source}", which is not an exact version of a package`, async () => {
      await assert.rejects(update(source), { name: "CodegenError", message: /cannot be pinned.*Give npm:/ });
      assert.deepEqual(ran, []);
    });
  }

  it("shows no credentials of a source that it refuses", async () => {
    await assert.rejects(update("https://me:secret@host/repo.git"), (error: Error) => {
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });

  it("keeps the pin if npm fails or installs something else", async () => {
    const pin = readPin(directory);
    const fails: RunNpm = async () => {
      throw new Error("no such version");
    };
    await assert.rejects(update("npm:@zitadel/proto@9.0.0", fails), /no such version/);
    await assert.rejects(
      update("npm:@zitadel/proto@8.0.0"),
      /should have installed @zitadel\/proto@8\.0\.0, but 9\.0/,
    );
    assert.deepEqual(readPin(directory), pin);
  });

  it("refuses a package without generated code", async () => {
    const pin = readPin(directory);
    const empties: RunNpm = async (args) => {
      await npm(args, directory);
      rmSync(join(directory, PACKAGE, "es"), { recursive: true });
    };
    await assert.rejects(update("npm:@zitadel/proto@9.0.0", empties), /has no code that protoc-gen-es/);
    assert.deepEqual(readPin(directory), pin);
  });
});
