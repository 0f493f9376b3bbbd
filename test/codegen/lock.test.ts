import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lockEntry } from "../../src/codegen/lock.ts";
import { readApi } from "../../src/codegen/read-api.ts";
import { parseSource } from "../../src/codegen/sources/parse-source.ts";

describe("a lock file, which is committed", () => {
  it("does not have the credentials of its source's URL", async () => {
    const api = await readApi(parseSource("pin", { directory: "." }));
    const lock = await lockEntry("https://me:hunter2@git.example.com/api.git#tag=v1", api);
    assert.equal(lock.from, "https://git.example.com/api.git#tag=v1");
    assert.doesNotMatch(JSON.stringify({ ...lock, api: "" }), /hunter2/);
  });
});
