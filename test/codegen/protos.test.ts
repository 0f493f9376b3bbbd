import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { encodeBareImage } from "../../src/codegen/image.ts";
import { scanProto } from "../../src/codegen/sources/protos/scan.ts";
import { zip } from "./support/archives.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./support/files.ts";
import { commitAll, git, problem, read, rpcs } from "./support/sources.ts";

const INVOICE = `syntax = "proto3";
package acme.v1;
import "acme/money.proto";
import "google/api/annotations.proto";
import "validate/validate.proto";
service InvoiceService {
  rpc GetInvoice(Invoice) returns (Invoice) { option (google.api.http) = { get: "/v1/invoice" }; }
}
message Invoice { Money sum = 1 [(validate.rules).message.required = true]; }
`;
const MONEY = 'syntax = "proto3"; package acme.v1; message Money { int64 cents = 1; }';

/** A workspace like that of Zitadel's repository, with dependencies on a registry, and an excluded file. */
const WORKSPACE = {
  "buf.work.yaml": "version: v1\ndirectories: [proto]\n",
  "proto/buf.yaml":
    "version: v1\ndeps: [buf.build/googleapis/googleapis]\nbuild:\n  excludes: [acme/experimental]\n",
  "proto/buf.lock":
    "version: v1\ndeps:\n  - remote: localhost:1\n    owner: googleapis\n    repository: googleapis\n    commit: 75b4300737fb4efca0831636be94e517\n",
  "proto/acme/invoice.proto": INVOICE,
  "proto/acme/money.proto": MONEY,
  "proto/acme/experimental/broken.proto": 'import "nowhere.proto"; message {}',
};

/** The same files as each kind of source of .proto files. */
function asSources(files: Record<string, string>): TemporaryDirectory {
  const all = Object.entries(files).map(([name, contents]) => [`tree/${name}`, contents]);
  const directory = temporaryDirectory(Object.fromEntries(all));
  const tree = join(directory.path, "tree");
  execFileSync("tar", ["-czf", "../tree.tar.gz", "."], { cwd: tree });
  writeFileSync(
    join(directory.path, "tree.zip"),
    zip(Object.entries(files).map(([name, contents]) => ({ name, contents }))),
  );
  commitAll(tree);
  git(directory.path, "clone", "--quiet", "--bare", "tree", "tree.git");
  return directory;
}

const KINDS = ["tree", "tree.git#branch=main", "tree.tar.gz", "tree.zip"];

describe("a source of .proto files", () => {
  it("gets its missing imports, and has its configuration followed, whatever its kind", async () => {
    using directory = asSources(WORKSPACE);
    const images = new Set<string>();
    for (const kind of [...KINDS, `${pathToFileURL(join(directory.path, "tree.git"))}#subdir=proto`]) {
      const api = await read(kind, directory.path);
      assert.deepEqual(rpcs(api), ["acme.v1.InvoiceService/GetInvoice"], kind);
      assert.deepEqual(api.notes, [
        "The source lacks files that it imports; this package's copies are used: google/api/annotations.proto, google/api/http.proto, validate/validate.proto.",
      ]);
      images.add(Buffer.from(encodeBareImage(api.files)).toString("base64"));
    }
    assert.equal(images.size, 1);
  });

  it("causes an error that names the one missing import, and where it is, as the user knows it", async () => {
    using directory = asSources({ "proto/acme/invoice.proto": INVOICE });
    for (const kind of KINDS) {
      const at = kind === "tree" ? "tree/" : `${kind}: `;
      assert.equal(
        await problem(kind, directory.path),
        `${at}proto/acme/invoice.proto:3: the import acme/money.proto is missing: neither ${kind} nor this package has it`,
      );
    }
  });

  it("causes an error that names the file and line of a mistake, but never a temporary folder", async () => {
    using directory = asSources({
      "buf.yaml": "version: v2\nmodules: [{path: proto}]\n",
      "proto/acme/a.proto": 'syntax = "proto3";\nmessage A { B b = 1; }',
    });
    for (const kind of KINDS) {
      const at = kind === "tree" ? "tree/" : `${kind}: `;
      assert.equal(
        await problem(kind, directory.path),
        `${kind} does not compile:\n${at}proto/acme/a.proto:2:13: cannot find \`B\` in this scope`,
      );
    }
  });

  it("causes an error without a temporary folder also if it is not as configured", async () => {
    using directory = asSources({ "buf.yaml": "version: v9\n", "a.proto": MONEY });
    for (const kind of KINDS) {
      const message = await problem(kind, directory.path);
      assert.match(message, /buf\.yaml/);
      assert.doesNotMatch(message, /tmp|zitadel-connect-/);
    }
  });
});

describe("a directory of .proto files", () => {
  let directory: TemporaryDirectory;
  before(() => {
    directory = temporaryDirectory({
      "repo/proto/acme/invoice.proto": INVOICE,
      "repo/proto/acme/money.proto": MONEY,
      "repo/proto/acme/other.proto": INVOICE.replaceAll("Invoice", "Other"),
    });
  });
  after(() => directory[Symbol.dispose]());

  it("is reported with what to write if it is one level too high", async () => {
    assert.equal(
      await problem("./repo", directory.path),
      "repo/proto/acme/invoice.proto:3: the import acme/money.proto is missing: it is at repo/proto/acme/money.proto, " +
        "but imports are relative to the source or to a module of its buf.yaml: give repo/proto",
    );
  });

  it("is also reported if it is one level too low", async () => {
    assert.match(
      await problem("repo/proto/acme", directory.path),
      /^repo\/proto\/acme\/invoice\.proto:3: the import acme\/money\.proto is missing: imports are relative to the source: give the directory that acme is in$/,
    );
  });

  it("is never completed with Zitadel's own files if it is that of Zitadel's API", async () => {
    using zitadel = temporaryDirectory({
      "zitadel/a.proto":
        'syntax = "proto3"; package zitadel.a.v1; import "zitadel/object/v2/object.proto"; import "google/api/http.proto";',
    });
    assert.match(
      await problem(".", zitadel.path),
      /^zitadel\/a\.proto:1: the import zitadel\/object\/v2\/object\.proto is missing: it is one of Zitadel's own files, which the source itself must have/,
    );
  });

  it("causes an error that says which import needs a dependency that Buf cannot fetch, and what to do", async () => {
    using other = temporaryDirectory({
      "buf.yaml": "version: v2\ndeps: [localhost:1/acme/money]\n",
      "invoice.proto": 'syntax = "proto3";\nimport "elsewhere/money.proto";',
    });
    assert.match(
      await problem(".", other.path),
      /^invoice\.proto:2: the import elsewhere\/money\.proto is missing: neither the source nor this package has it, and Buf cannot get the dependencies that buf\.yaml names \(.+\)\. Where it can, run `buf build --output api\.binpb` and give that image instead$/,
    );
  });

  it("may have links into other directories and circular ones, while a repository may have none that leave it", async () => {
    using linked = temporaryDirectory({
      "shared/acme/money.proto": MONEY,
      "proto/acme/invoice.proto": INVOICE,
    });
    const at = (name: string) => join(linked.path, name);
    execFileSync("ln", ["-s", "../../shared/acme/money.proto", at("proto/acme/money.proto")]);
    execFileSync("ln", ["-s", ".", at("proto/circle")]);
    assert.equal(rpcs(await read("proto", linked.path)).length, 1);
    commitAll(at("proto"));
    assert.match(await problem("proto#branch=main", linked.path), /the import acme\/money\.proto is missing/);
  });

  it("is read without node_modules", async () => {
    using app = temporaryDirectory({ "a.proto": MONEY, "node_modules/x/b.proto": "message {}" });
    assert.equal((await read(".", app.path)).files.length, 1);
  });
});

describe("a git repository", () => {
  let directory: TemporaryDirectory;
  let commit: string;
  before(() => {
    directory = temporaryDirectory({ "repo/proto/acme/money.proto": MONEY });
    const repository = join(directory.path, "repo");
    commitAll(repository);
    git(repository, "tag", "-a", "-m", "first", "v1");
    commit = git(repository, "rev-parse", "HEAD");
    writeFileSync(join(repository, "proto/acme/invoice.proto"), INVOICE);
    git(repository, "add", ".");
    git(repository, "commit", "-m", "second");
  });
  after(() => directory[Symbol.dispose]());

  it("is read at a tag, a branch, a commit and a ref, and its commit is reported", async () => {
    const counts: Record<string, number> = {};
    for (const at of [
      "tag=v1",
      "branch=main",
      `commit=${commit}`,
      "ref=main~1",
      "ref=v1",
      `branch=main,ref=${commit}`,
    ]) {
      const spec = `repo#${at},subdir=proto`;
      const api = await read(spec, directory.path);
      assert.ok(api.description.startsWith(`${spec} (commit `), api.description);
      counts[at] = rpcs(api).length;
    }
    assert.deepEqual(Object.values(counts), [0, 1, 0, 0, 0, 0]);
  });

  it("causes an error that names an unknown revision, or an invalid option", async () => {
    assert.match(
      await problem("repo#tag=v9", directory.path),
      /^repo#tag=v9: git fetch: couldn't find remote ref refs\/tags\/v9$/,
    );
    assert.match(await problem("repo#ref=nope", directory.path), /^repo#ref=nope: git checkout: .*nope/);
    assert.match(
      await problem("repo#tag=--upload-pack=x", directory.path),
      /tag: expected the name of a revision/,
    );
    assert.match(
      await problem("repo#tags=v1", directory.path),
      /expected name=value after #, where name is one of branch, tag/,
    );
    assert.match(await problem("repo#tag=v1,subdir=../x", directory.path), /subdir must be inside/);
  });

  it("is read correctly from a git hook of another repository", async () => {
    process.env["GIT_DIR"] = join(directory.path, "nowhere");
    try {
      assert.equal((await read("repo#tag=v1", directory.path)).files.length, 1);
    } finally {
      delete process.env["GIT_DIR"];
    }
  });
});

describe("scanProto()", () => {
  it("finds imports as a compiler would: not in comments and strings, and several in a line", () => {
    const text = `/* import "no.proto"; */ syntax = "proto3"; import "a.proto"; import public 'b.proto';
      // import "no.proto";
      package acme
        .v1; message A { string import = 1 [default = "import \\"no.proto\\";"]; }
      import option "c.proto";`;
    assert.deepEqual(scanProto(text), {
      package: "acme.v1",
      imports: [
        { name: "a.proto", line: 1 },
        { name: "b.proto", line: 1 },
        { name: "c.proto", line: 5 },
      ],
    });
  });
});
