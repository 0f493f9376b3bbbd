import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pinned, root } from "../../scripts/pinned-api.ts";
import { generate } from "../../src/codegen/generate.ts";
import { encodeSource } from "../../src/codegen/update/pinned-image.ts";

function contents(directory: string): Map<string, string> {
  const files = globSync("**/*.{js,d.ts}", { cwd: directory }).sort();
  return new Map(files.map((file) => [file, readFileSync(join(directory, file), "utf8")]));
}

describe("generate()", () => {
  let work: string;
  before(() => {
    work = mkdtempSync(join(tmpdir(), "generate-"));
  });
  after(() => rmSync(work, { recursive: true }));

  it("generates the same bytes as in gen/, and removes stale files", async () => {
    const out = join(work, "gen");
    mkdirSync(out);
    writeFileSync(join(out, "stale_pb.js"), "");
    await generate({ image: await encodeSource(pinned()), out });
    assert.deepEqual(contents(out), contents(join(root, "gen")));
  });

  it("imports well-known types from their own modules, since their index loads all of protobuf-es", () => {
    const imports = globSync("**/*.js", { cwd: join(root, "gen") }).flatMap((file) =>
      [...readFileSync(join(root, "gen", file), "utf8").matchAll(/from "(@bufbuild[^"]*)"/g)].map(
        ([, path]) => path,
      ),
    );
    assert.deepEqual([...new Set(imports)].sort(), [
      "@bufbuild/protobuf/codegenv2",
      ...["descriptor", "duration", "struct", "timestamp"].map(
        (name) => `@bufbuild/protobuf/wkt/google/protobuf/${name}_pb.js`,
      ),
    ]);
  });

  it("keeps what was there when Buf fails, and reports the reason", async () => {
    const out = join(work, "kept");
    mkdirSync(out);
    writeFileSync(join(out, "kept.js"), "");
    await assert.rejects(
      generate({ image: Buffer.from("no image"), out }),
      /^CodegenError: buf generate: Failure: wire unmarshal/,
    );
    assert.deepEqual(readdirSync(out), ["kept.js"]);
    assert.ok(!readdirSync(work).some((name) => name.startsWith(".gen-")));
  });

  it("leaves no files when it is stopped", async () => {
    const program = `
      import { withScratchDirectory } from ${JSON.stringify(join(root, "src/codegen/scratch-directory.ts"))};
      await withScratchDirectory(${JSON.stringify(join(work, "scratch-"))}, async (directory) => {
        console.log(directory);
        for await (const _ of process.stdin);
      });`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
    const [line] = await once(child.stdout, "data");
    assert.ok(existsSync(String(line).trim()));
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "exit"), [null, "SIGINT"]);
    assert.ok(!existsSync(String(line).trim()));
  });
});
