import { execFile } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { CodegenError } from "./errors.ts";
import { findPeer } from "./peers.ts";

/** What Buf answered. */
export interface BufResult {
  readonly stdout: string;
  readonly exitCode: number;
}

export interface BufOptions {
  readonly cwd?: string | undefined;
  /** Exit codes that are an answer and no failure. Default: 0 only. */
  readonly exitCodes?: readonly number[] | undefined;
}

/** An API of thousands of RPCs breaks in many places at once. */
const MAX_OUTPUT_BYTES = 2 ** 28;

/** Runs Buf. The error has Buf's own words. */
export async function buf(
  args: readonly string[],
  { cwd, exitCodes = [0] }: BufOptions = {},
): Promise<BufResult> {
  const command = [join(findPeer("@bufbuild/buf"), "bin", "buf"), ...args];
  // The `node` of a buf.gen.yaml is the one that runs us.
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) };
  const options = { cwd, env, maxBuffer: MAX_OUTPUT_BYTES };
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : Number(error.code);
      if (exitCodes.includes(exitCode)) resolve({ stdout, exitCode });
      else
        reject(
          new CodegenError(`buf ${args[0]}: ${stderr.trim() || stdout.trim() || error?.message}`, {
            cause: error,
          }),
        );
    });
  });
}
