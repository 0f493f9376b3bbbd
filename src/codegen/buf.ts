import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { CodegenError } from "./errors.ts";
import { findPeer, INSTALL_PEERS } from "./peers.ts";
import { runCommand } from "./run-command.ts";

/** What Buf has said. */
export interface BufResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface BufOptions {
  readonly cwd?: string | undefined;
  /** Exit codes that are a result and no failure. Default: 0 only. */
  readonly exitCodes?: readonly number[] | undefined;
}

/** The first version that has all that is asked of it: the one of `peerDependencies`. */
const OLDEST = [1, 50] as const;

/** Runs Buf. The error has Buf's own words. */
export async function buf(
  args: readonly string[],
  { cwd, exitCodes = [0] }: BufOptions = {},
): Promise<BufResult> {
  const command = [join(bufDirectory(), "bin", "buf"), ...args];
  // The `node` of a buf.gen.yaml is the one that runs us.
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) };
  const result = await runCommand(process.execPath, command, { cwd, env });
  if (exitCodes.includes(result.exitCode)) return result;
  const said = result.stderr.trim() || result.stdout.trim() || `it ended with ${result.exitCode}`;
  throw new CodegenError(`buf ${args[0]}: ${said}`);
}

/** An old one would explain at length that it does not know what is asked of it. */
function bufDirectory(): string {
  const directory = findPeer("@bufbuild/buf");
  const { version }: { version: string } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return directory;
  throw new CodegenError(
    `@bufbuild/buf ${version} is installed, which is too old, ${OLDEST.join(".")} or newer is needed: ${INSTALL_PEERS}`,
  );
}
