import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DescFile } from "@bufbuild/protobuf";
import { buf } from "../buf.ts";
import { encodeBareImage } from "../image.ts";
import { withScratchDirectory } from "../scratch-directory.ts";

/** A change that breaks callers, as Buf tells it. */
export interface Breaking {
  /** Buf's name of the rule, such as `FIELD_SAME_TYPE`. */
  readonly rule: string;
  readonly message: string;
}

/** Of Buf's categories the one for generated code that may move between files of a package. */
const CONFIG = JSON.stringify({ version: "v2", breaking: { use: ["PACKAGE"] } });

/** Buf's exit code when it has found something. */
const FOUND = 100;

/** What `buf breaking` finds between two APIs. */
export async function findBreaking(from: readonly DescFile[], to: readonly DescFile[]): Promise<Breaking[]> {
  return await withScratchDirectory(join(tmpdir(), "zitadel-connect-diff-"), async (cwd) => {
    await writeFile(join(cwd, "from.binpb"), encodeBareImage(from));
    await writeFile(join(cwd, "to.binpb"), encodeBareImage(to));
    const args = ["breaking", "to.binpb", "--against", "from.binpb"];
    const options = ["--error-format", "json", "--config", CONFIG];
    const { stdout } = await buf([...args, ...options], { cwd, exitCodes: [0, FOUND] });
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map(finding);
  });
}

function finding(line: string): Breaking {
  const { type, message }: { type: string; message: string } = JSON.parse(line);
  return { rule: type, message };
}
