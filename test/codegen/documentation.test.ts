import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readPin, root } from "../../scripts/pinned-api.ts";
import { readDeclarationComments } from "../../src/codegen/dts-comments.ts";
import { recorded } from "./support/recorded.ts";

/** How many symbols a directory of declarations documents, as `kind → number of symbols`. */
function documented(directory: string): { symbols: Map<string, string>; counts: Record<string, number> } {
  const files = globSync("**/*_pb.d.ts", { cwd: directory }).map((file) =>
    readFileSync(join(directory, file), "utf8"),
  );
  const symbols = new Map(files.flatMap((dts) => [...readDeclarationComments(dts)]));
  const counts: Record<string, number> = {};
  for (const key of symbols.keys()) {
    const [kind = ""] = key.split(" ");
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return { symbols, counts };
}

describe("the documentation of generated code", () => {
  const source = documented(join(root, "node_modules/@zitadel/proto/types"));
  // A repository has comments of its own, which may be newer than those of the package.
  const skip = readPin().source.startsWith("npm:") ? false : "the pin is not a package";
  // Files that only define OpenAPI's annotations are not generated.
  for (const key of source.symbols.keys()) if (key.includes(" grpc.gateway.")) source.symbols.delete(key);
  const ours = documented(join(root, "gen"));

  it("keeps every comment of the source, word for word", { skip }, () => {
    const changed = [...source.symbols].filter(([key, text]) => ours.symbols.get(key) !== text);
    assert.deepEqual(changed, []);
  });

  it("covers nearly all RPCs, many more than the declarations of its source do", () => {
    const [theirs = 0, all = 0] = [source.counts["rpc"], ours.counts["rpc"]];
    assert.ok(all >= 0.99 * recorded.rpcs && theirs < 0.6 * recorded.rpcs, `${all}, ${theirs}`);
  });

  it("covers half as many fields again as the declarations of its source do", () => {
    const [theirs, all] = [source, ours].map(
      ({ symbols }) => [...symbols.keys()].filter((key) => key.startsWith("field zitadel.")).length,
    );
    assert.ok((all ?? 0) >= 1.5 * (theirs ?? Number.NaN), `${all}, ${theirs}`);
  });

  it("marks as deprecated what the API deprecates in OpenAPI annotations only", () => {
    const dts = readFileSync(join(root, "gen/zitadel/management_pb.d.ts"), "utf8");
    assert.match(
      dts,
      /@generated from rpc zitadel\.management\.v1\.ManagementService\.GetUserByID\n {3}\* @deprecated/,
    );
  });
});
