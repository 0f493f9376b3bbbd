import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Stamp } from "../../scripts/stamp.ts";

describe("a generated folder", () => {
  let directory: string;
  const read = (...others: string[]) =>
    new Stamp(join(directory, "out"), ["src/**", "settings.json"], others);
  const write = (path: string, text: string) => writeFileSync(join(directory, path), text);

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "stamp-"));
    for (const folder of ["src/inner", "out"]) mkdirSync(join(directory, folder), { recursive: true });
    for (const path of ["src/a.ts", "src/inner/b.ts", "settings.json"]) write(path, "1");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("is current only once it was made whole", () => {
    assert.equal(read().isCurrent(), false);
    read().write();
    assert.equal(read().isCurrent(), true);
    read().remove();
    assert.equal(read().isCurrent(), false);
  });

  it("is no longer current when any of its sources changes, appears, moves or is removed", () => {
    read("pin 1").write();
    assert.equal(read("pin 1").isCurrent(), true);
    assert.equal(read("pin 2").isCurrent(), false);
    const changes = [
      () => write("src/inner/b.ts", "2"),
      () => write("settings.json", "2"),
      () => write("src/c.ts", "1"),
      () => rmSync(join(directory, "src/a.ts")),
    ];
    for (const change of changes) {
      read().write();
      change();
      assert.equal(read().isCurrent(), false, String(change));
    }
    read().write();
    write("other.ts", "2");
    assert.equal(read().isCurrent(), true, "what it is not made from does not matter");
  });
});
