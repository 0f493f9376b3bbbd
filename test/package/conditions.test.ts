import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";

type Conditions = Readonly<Record<string, string | { readonly default: string } | undefined>>;

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, string | Conditions>;
};
const entries = Object.entries(exports).filter(([name]) => !/json|\*/.test(name)) as [string, Conditions][];

/** The files of a build that an entry imports, and the modules of Node and packages that these import. */
function reach(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const source = readFileSync(file, "utf8");
  for (const [, from, bare, dynamic] of source.matchAll(
    /^(?:import|export)\b[^;"]*? from "([^"]+)";|^import "([^"]+)";|\bimport\("([^"]+)"\)/gm,
  )) {
    const specifier = from ?? bare ?? dynamic ?? "";
    if (!specifier.startsWith(".")) seen.add(specifier);
    else if (!specifier.includes("/gen/")) reach(join(dirname(file), specifier), seen);
  }
  return seen;
}

describe("conditions of the exports", () => {
  it("resolve for workerd to files without Node's connections", () => {
    // These need Node.
    const forWorkerd = entries.filter(([name]) => !/testing|service-users/.test(name));
    assert.ok(forWorkerd.length >= 4);
    for (const [name, { workerd }] of forWorkerd) {
      assert.ok(typeof workerd === "object" && existsSync(join(root, workerd.default)), name);
      const found = [...reach(join(root, workerd.default))].filter((one) =>
        /^node:(http2?|https|tls|dns)$|connect-node/.test(one),
      );
      assert.deepEqual(found, [], name);
    }
    // Such an import would be found.
    assert.ok(reach(join(root, "dist/index.js")).has("node:http2"));
  });

  for (const condition of ["browser", "edge-light"]) {
    it(`throw at import under ${condition} a sentence that says why this package does not work there`, async () => {
      const names = JSON.stringify(entries.map(([name]) => `zitadel-connect${name.slice(1)}`));
      const script = `
        const imports = await Promise.allSettled(${names}.map((name) => import(name)));
        console.log(JSON.stringify(imports.map(({ reason }) => reason?.message ?? "imported")));`;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ["-C", condition, "--input-type=module", "-e", script],
        { cwd: root },
      );
      const messages = JSON.parse(stdout) as string[];
      assert.equal(messages.length, entries.length);
      for (const [index, message] of messages.entries()) {
        const [name] = entries[index] ?? [];
        assert.match(message, /^zitadel-connect is for back ends, .*Call Zitadel from your server/, name);
      }
    });
  }
});
