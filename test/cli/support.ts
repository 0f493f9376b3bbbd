import { join } from "node:path";
import { root } from "../../scripts/pinned-api.ts";
import { run } from "../../src/cli/run.ts";
import type { CliProcess } from "../../src/cli/terminal.ts";
import type { Emulator } from "../../src/testing/index.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../codegen/support/files.ts";

/** The exit code and the output of a command. */
export interface Outcome {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  readonly statuses: readonly string[];
}

/** The surroundings of a command, apart from its arguments. */
export type Surroundings = Partial<Omit<CliProcess, "out" | "err" | "status" | "readInput">> & {
  /** The text on standard input. */
  readonly input?: string;
};

/** Runs a command line in a directory, in this process. */
export async function zitadelConnect(directory: string, ...args: string[]): Promise<Outcome> {
  return await runCommand(args, { directory });
}

/** Runs a command line in this process. Without an environment it has none. */
export async function runCommand(
  args: readonly string[],
  { input = "", ...given }: Surroundings = {},
): Promise<Outcome> {
  let out = "";
  let err = "";
  const statuses: string[] = [];
  const exitCode = await run(args, {
    directory: ".",
    env: {},
    ...given,
    readInput: async () => input,
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

/** A directory within the repository, so that generated code resolves its imports. */
export function project(files: Record<string, string | Uint8Array> = {}): TemporaryDirectory {
  return temporaryDirectory(files, join(root, "node_modules/.cache/projects"));
}

/** A directory with the emulator's key file, and an environment that names both; profiles and tokens are stored there as well. */
export interface Home extends TemporaryDirectory {
  readonly env: Readonly<Record<string, string>>;
}

/** An environment with a credential. */
export function home({ url, serviceUser }: Pick<Emulator, "url" | "serviceUser">, files = {}): Home {
  const directory = temporaryDirectory({ "key.json": serviceUser.keyFile, ...files });
  const { path } = directory;
  return {
    path,
    env: {
      XDG_CONFIG_HOME: join(path, "config"),
      XDG_CACHE_HOME: join(path, "cache"),
      ZITADEL_API_URL: url,
      ZITADEL_KEY_FILE: join(path, "key.json"),
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}
