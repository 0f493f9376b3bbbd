import { delimiter, dirname, join } from "node:path";
import { CodegenError } from "./errors.ts";
import { findPeer } from "./peers.ts";
import { runCommand } from "./run-command.ts";

/** Buf's output. */
export interface BufResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface BufOptions {
  readonly cwd?: string | undefined;
  /** The exit codes that are results, not failures. Default: only 0. */
  readonly exitCodes?: readonly number[] | undefined;
}

/** Runs Buf. If it fails, the error quotes its output. */
export async function runBuf(
  args: readonly string[],
  { cwd, exitCodes = [0] }: BufOptions = {},
): Promise<BufResult> {
  const command = [join(findPeer("@bufbuild/buf"), "bin", "buf"), ...args];
  // `node` in a buf.gen.yaml means the one that runs this process.
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) };
  const result = await runCommand(process.execPath, command, { cwd, env });
  if (exitCodes.includes(result.exitCode)) return result;
  const said = result.stderr.trim() || result.stdout.trim() || `it exited with ${result.exitCode}`;
  throw new CodegenError(`buf ${args[0]}: ${said}`);
}
