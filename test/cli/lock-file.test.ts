import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toPortableSource } from "../../src/cli/lock-file.ts";
import { temporaryDirectory } from "../codegen/support/files.ts";

describe("the source in a lock file", () => {
  it("does not contain the credentials of a URL", () => {
    const named = toPortableSource("https://me:hunter2@git.example.com/api.git#tag=v1", ".", ".");
    assert.equal(named, "https://git.example.com/api.git#tag=v1");
  });

  it("is a path relative to the lock, wherever the command was run and however the path was given", () => {
    using directory = temporaryDirectory({ "team/proto/a.proto": "", "api.binpb": "" });
    const { path } = directory;
    const to = `${path}/team`;
    assert.equal(toPortableSource("proto", to, to), "./proto");
    assert.equal(toPortableSource(`${path}/team/proto`, "/", to), "./proto");
    assert.equal(toPortableSource("team/proto/", path, to), "./proto");
    assert.equal(toPortableSource("../api.binpb#format=binpb", to, to), "../api.binpb#format=binpb");
  });

  it("is otherwise what was given, even if there is a file of that name", () => {
    using directory = temporaryDirectory({ pin: "", lock: "" });
    for (const spec of ["pin", "lock", "npm:@zitadel/proto@1.3.1", "https://acme.zitadel.cloud"]) {
      assert.equal(toPortableSource(spec, directory.path, directory.path), spec);
    }
  });
});
