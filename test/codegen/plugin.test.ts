import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./support/files.ts";

const run = promisify(execFile);

/** The buf.gen.yaml of docs/regenerating.md. */
const documented = /^```yaml\n(version: v2\n.*?)^```$/ms.exec(
  readFileSync(join(root, "docs/regenerating.md"), "utf8"),
)?.[1];

/** The same with only the plugin of this package. */
const alone = documented?.replace(/^ {2}- local: protoc-gen-es\n(?: {4}.*\n)+/m, "");

const api = (name: string) => `
  syntax = "proto3";
  package acme.${name}.v1;
  message Thing { string id = 1; }
  service ${name}Service { rpc Get(Thing) returns (Thing); }`;

const TWO = { "proto/acme/a/v1/a.proto": api("a"), "proto/acme/b/v1/b.proto": api("b") };
const ONE = { "proto/acme/a/v1/a.proto": api("a") };

/** A project that has this package installed, with its commands on the PATH as in npm scripts. */
function team(files: Record<string, string>, bufGenYaml: string | undefined): TemporaryDirectory {
  assert.ok(bufGenYaml !== undefined);
  return temporaryDirectory({ ...files, "buf.gen.yaml": bufGenYaml });
}

async function bufGenerate({ path }: TemporaryDirectory): Promise<string> {
  const env = {
    ...process.env,
    PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
  };
  await run("buf", ["generate"], { cwd: path, env });
  return readFileSync(join(path, "src/gen/services.js"), "utf8");
}

describe("protoc-gen-zitadel-connect in a team's own buf.gen.yaml", () => {
  it("generates one tree of the services of all directories, as documented", async () => {
    using directory = team(TWO, documented);
    assert.deepEqual((await bufGenerate(directory)).match(/(?<=typeName: )".*"/g), [
      '"acme.a.v1.aService"',
      '"acme.b.v1.bService"',
    ]);
  });

  it("fails without `strategy: all`, which would lose services, and says what to write", async () => {
    using directory = team(TWO, alone?.replace("strategy: all", "strategy: directory"));
    await assert.rejects(bufGenerate(directory), {
      code: 1,
      stderr:
        /protoc-gen-zitadel-connect: only acme\/\w\/v1 would be generated, .* would be lost: set `strategy: all` for this plugin/,
    });
  });

  it("accepts a single directory only if it is configured as the only one", async () => {
    using directory = team(ONE, alone);
    await assert.rejects(bufGenerate(directory), { stderr: /set `opt: single_directory=true` as well/ });
    const told = alone?.replace(/(strategy: all\n.*)]/, "$1, single_directory=true]");
    using second = team(ONE, told);
    assert.match(await bufGenerate(second), /acme\.a\.v1\.aService/);
  });

  it("names an unknown option", async () => {
    using directory = team(TWO, alone?.replace(/(strategy: all\n.*)]/, "$1, single=true]"));
    await assert.rejects(bufGenerate(directory), {
      stderr: /invalid option "single=true": expected single_directory=true, or an option of protoc-gen-es/,
    });
  });
});
