import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { openContainer } from "../../src/codegen/sources/tree/container.ts";
import { isProtoFile } from "../../src/codegen/sources/tree/tree.ts";
import { type ArchivedFile, tar, zip } from "./support/archives.ts";
import { temporaryDirectory } from "./support/files.ts";
import { problem, read } from "./support/sources.ts";

const THING = 'syntax = "proto3"; package acme.v1; message Thing {}';
const MAKERS = { "api.tar": tar, "api.zip": zip } as const;

/** The errors for archives of either kind with these files. */
async function problems(files: readonly ArchivedFile[]): Promise<string[]> {
  using directory = temporaryDirectory();
  const messages: string[] = [];
  for (const [name, make] of Object.entries(MAKERS)) {
    writeFileSync(join(directory.path, name), make(files));
    messages.push(await problem(name, directory.path));
  }
  assert.deepEqual(readdirSync(directory.path).sort(), Object.keys(MAKERS));
  return messages;
}

describe("an archive", () => {
  it("may be compressed or not, whatever its name, and have long names and links", async () => {
    const long = `${"directory/".repeat(20)}thing.proto`;
    using directory = temporaryDirectory({ [`api/${long}`]: THING });
    const at = (name: string) => join(directory.path, name);
    execFileSync("ln", [at(`api/${long}`), at("api/hard.proto")]);
    execFileSync("tar", ["-cf", "gnu.bin", "--format=gnu", `api/${long}`], { cwd: directory.path });
    execFileSync("tar", ["-czf", "pax.tgz", "--format=pax", "-C", "api", long], { cwd: directory.path });
    const specs = ["gnu.bin#strip_components=1", "gnu.bin#subdir=api/directory", "pax.tgz"];
    for (const spec of specs) assert.equal((await read(spec, directory.path)).files.length, 1, spec);

    const linked = [
      { name: "./a/thing.proto", contents: THING },
      { name: "b/link.proto", type: "2", link: "../a/thing.proto" },
      { name: "b/out.proto", type: "2", link: "../../../etc/passwd" },
    ];
    writeFileSync(at("links.tar"), tar(linked));
    assert.match((await read("links.tar#subdir=b", directory.path)).files[0]?.proto.name ?? "", /^link/);
  });

  it("is refused if a file is outside of it, and nothing is written", async () => {
    for (const name of ["../evil.proto", "/etc/evil.proto", "a/../../evil.proto", "C:/evil.proto"]) {
      for (const message of await problems([{ name, contents: THING }])) {
        assert.match(
          message,
          /^api\.(tar|zip): it has a file named ".*evil\.proto", which is outside of it$/,
        );
      }
    }
  });

  it("is refused before it is read if it claims to be larger than any API", async () => {
    for (const message of await problems([{ name: "a.proto", contents: "a", size: 2 ** 30 }])) {
      assert.match(message, /its files have more than 134217728 bytes/);
    }
    const many = Array.from({ length: 10_001 }, (_, i) => ({ name: `${i}.proto` }));
    for (const message of await problems(many)) assert.match(message, /it has more than 10000 files/);
  });

  it("is refused if it is damaged, or contains more than it claims", async () => {
    using directory = temporaryDirectory({
      "short.tar": tar([{ name: "a.proto", contents: THING }]).subarray(0, 520),
      "lying.zip": zip([{ name: "a.proto", contents: Buffer.alloc(1 << 20), size: 10 }]),
      "cut.zip": zip([{ name: "a.proto", contents: THING }]).subarray(0, 40),
    });
    assert.equal(await problem("short.tar", directory.path), "short.tar: it ends too early");
    assert.equal(await problem("lying.zip", directory.path), "lying.zip: it is a damaged ZIP archive");
    assert.equal(await problem("cut.zip", directory.path), "cut.zip: it is a damaged ZIP archive");
  });
});

describe("a small file that is large after decompression", () => {
  it("is read up to a limit, whatever it contains", async () => {
    // Members of gzip may follow each other: 3 GB in 3 MB.
    const member = zlib.gzipSync(Buffer.alloc(1 << 20));
    const bomb = Buffer.concat(Array.from({ length: 3000 }, () => member));
    const header = tar([{ name: "large.bin", size: 2 ** 32 - 1 }]).subarray(0, 512);
    using directory = temporaryDirectory({
      "bomb.binpb.gz": bomb,
      "bomb.tar.gz": Buffer.concat([zlib.gzipSync(header), bomb]),
    });
    const before = process.memoryUsage().rss;
    assert.equal(
      await problem("bomb.binpb.gz", directory.path),
      "bomb.binpb.gz: it has more than 134217728 bytes",
    );
    assert.equal(
      await problem("bomb.tar.gz", directory.path),
      "bomb.tar.gz: it has more than 1073741824 bytes once it is decompressed",
    );
    assert.ok(process.memoryUsage().rss - before < 2 ** 30);
  });

  it("is not decoded if it has millions of parts, which take more memory than bytes", async () => {
    const empties = Buffer.alloc(6_000_000, Buffer.from([0x0a, 0x00]));
    using directory = temporaryDirectory({ "tiny.binpb.gz": zlib.gzipSync(empties) });
    assert.match(await problem("tiny.binpb.gz", directory.path), /but millions of tiny parts$/);
  });

  it("may also be compressed with zstd, where Node supports it", {
    skip: zlib.zstdCompressSync === undefined,
  }, async () => {
    const archive = tar([{ name: "a.proto", contents: THING }]);
    using directory = temporaryDirectory({ "api.tar.zst": zlib.zstdCompressSync(archive) });
    assert.equal((await read("api.tar.zst", directory.path)).files.length, 1);
  });
});

describe("an archive with altered bytes", () => {
  const original = [
    { name: "a.proto", contents: THING },
    { name: `${"long/".repeat(30)}b.proto`.slice(0, 99), contents: THING },
    { name: "link.proto", type: "2", link: "a.proto" },
  ];
  for (const [name, make] of Object.entries(MAKERS)) {
    it(`is read, or refused with a message: ${name}`, async () => {
      const bytes = make(original);
      const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.integer({ min: 0, max: 255 }) });
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(), async (changes, cut) => {
          const changed = Buffer.from(bytes);
          for (const { at, to } of changes) changed[at] = to;
          if (name === "api.tar") repairChecksums(changed);
          const end = cut % 3 === 0 ? cut % changed.length : changed.length;
          await openContainer(changed.subarray(0, end), isProtoFile, name).then(
            (contents) => assert.ok(contents.kind === "bytes" || contents.tree.size <= 3),
            (error: Error) => assert.equal(error.name, "CodegenError", error.stack),
          );
        }),
        { numRuns: 500 },
      );
    });
  }
});

/** Makes the bytes of headers look like valid headers. */
function repairChecksums(archive: Buffer): void {
  for (let start = 0; start + 512 <= archive.length; start += 512) {
    const header = archive.subarray(start, start + 512);
    if (header.toString("latin1", 257, 262) !== "ustar") continue;
    header.write("        ", 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  }
}
