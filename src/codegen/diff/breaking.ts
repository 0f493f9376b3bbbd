import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DescFile } from "@bufbuild/protobuf";
import { runBuf } from "../buf.ts";
import { encodeBareImage } from "../image.ts";
import { withScratchDirectory } from "../scratch-directory.ts";

/** A change that breaks callers. */
export interface Breaking {
  /** Buf's name of the rule, such as `FIELD_SAME_TYPE`, or `FILE_MOVED`. */
  readonly rule: string;
  readonly message: string;
}

/**
 * Buf's rules that concern callers in TypeScript or the wire format, binary or JSON. Removals are reported separately;
 * code in other languages, reserved names and the like do not matter here. The only rule about files is `FILE_MOVED`,
 * which is not one of Buf's.
 */
const RULES = [
  "ENUM_SAME_JSON_FORMAT",
  "ENUM_SAME_TYPE",
  "ENUM_VALUE_SAME_NAME",
  "FIELD_SAME_CARDINALITY",
  "FIELD_SAME_DEFAULT",
  "FIELD_SAME_JSON_NAME",
  "FIELD_SAME_JSTYPE",
  "FIELD_SAME_NAME",
  "FIELD_SAME_ONEOF",
  "FIELD_SAME_TYPE",
  "MESSAGE_SAME_JSON_FORMAT",
  "MESSAGE_SAME_REQUIRED_FIELDS",
  "ONEOF_NO_DELETE",
  "RPC_SAME_CLIENT_STREAMING",
  "RPC_SAME_REQUEST_TYPE",
  "RPC_SAME_RESPONSE_TYPE",
  "RPC_SAME_SERVER_STREAMING",
];

const CONFIG = JSON.stringify({ version: "v2", breaking: { use: RULES } });

/** Buf's exit code if it found something. */
const FOUND = 100;

/** Runs `buf breaking` on two APIs. Leaves out what was removed. */
export async function findBreaking(from: readonly DescFile[], to: readonly DescFile[]): Promise<Breaking[]> {
  return await withScratchDirectory(join(tmpdir(), "zitadel-connect-diff-"), async (cwd) => {
    await writeFile(join(cwd, "from.binpb"), encodeBareImage(from));
    await writeFile(join(cwd, "to.binpb"), encodeBareImage(to));
    const args = ["breaking", "to.binpb", "--against", "from.binpb"];
    const options = ["--error-format", "json", "--config", CONFIG];
    const { stdout } = await runBuf([...args, ...options], { cwd, exitCodes: [0, FOUND] });
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map(parseFinding);
  });
}

function parseFinding(line: string): Breaking {
  const { type, message }: { type: string; message: string } = JSON.parse(line);
  return { rule: type, message };
}
