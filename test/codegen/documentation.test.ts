import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pinnedPackage, root } from "../../scripts/pinned-api.ts";
import { commentsOfDeclarations } from "../../src/codegen/dts-comments.ts";
import { recorded } from "./support/recorded.ts";

/** What a directory of declarations documents, as `kind → number of symbols`. */
function documented(directory: string): { symbols: Map<string, string>; counts: Record<string, number> } {
  const files = globSync("**/*_pb.d.ts", { cwd: directory }).map((file) =>
    readFileSync(join(directory, file), "utf8"),
  );
  const symbols = new Map(files.flatMap((dts) => [...commentsOfDeclarations(dts)]));
  const counts: Record<string, number> = {};
  for (const key of symbols.keys()) {
    const [kind = ""] = key.split(" ");
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return { symbols, counts };
}

describe("documentation of generated code", () => {
  const source = documented(join(pinnedPackage().directory, "types"));
  // What only defines OpenAPI's annotations is not generated.
  for (const key of source.symbols.keys()) if (key.includes(" grpc.gateway.")) source.symbols.delete(key);
  const ours = documented(join(root, "gen"));

  it("keeps every comment of the source, word for word", () => {
    const changed = [...source.symbols].filter(([key, text]) => ours.symbols.get(key) !== text);
    assert.deepEqual(changed, []);
  });

  it("documents nearly all RPCs, many more than the declarations of its source do", () => {
    const [theirs = 0, all = 0] = [source.counts["rpc"], ours.counts["rpc"]];
    assert.ok(all >= 0.99 * recorded.rpcs && theirs < 0.6 * recorded.rpcs, `${all}, ${theirs}`);
  });

  it("documents 2435 of Zitadel's fields, of which the source's declarations document 1286", () => {
    const zitadels = (symbols: Map<string, string>) =>
      [...symbols.keys()].filter((key) => key.startsWith("field zitadel.")).length;
    assert.deepEqual([zitadels(source.symbols), zitadels(ours.symbols)], [1286, 2435]);
  });

  it("strikes out in editors what the API deprecates in OpenAPI annotations only", () => {
    const dts = readFileSync(join(root, "gen/zitadel/management_pb.d.ts"), "utf8");
    assert.match(
      dts,
      /@generated from rpc zitadel\.management\.v1\.ManagementService\.GetUserByID\n {3}\* @deprecated/,
    );
  });
});
