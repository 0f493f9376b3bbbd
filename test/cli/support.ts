import { join } from "node:path";
import { root } from "../../scripts/pinned-api.ts";
import { run } from "../../src/cli/run.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../codegen/support/files.ts";

/** How a command ended, and what it said. */
export interface Outcome {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  readonly statuses: readonly string[];
}

/** Runs a command line in a directory, in this process. */
export async function zitadelConnect(directory: string, ...args: string[]): Promise<Outcome> {
  let out = "";
  let err = "";
  const statuses: string[] = [];
  const exitCode = await run(args, {
    directory,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    status: (text) => statuses.push(text),
  });
  return { exitCode, out, err, statuses };
}

/** A directory within the repository, so that generated code finds what it imports. */
export function project(files: Record<string, string> = {}): TemporaryDirectory {
  return temporaryDirectory(files, join(root, "node_modules/.cache/projects"));
}
