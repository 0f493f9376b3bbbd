import { createRequire } from "node:module";
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
  const [program, ...first] = findProgram();
  // `node` in a buf.gen.yaml means the one that runs this process.
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) };
  const result = await runCommand(program, [...first, ...args], { cwd, env });
  if (exitCodes.includes(result.exitCode)) return result;
  const said = result.stderr.trim() || result.stdout.trim() || `it exited with ${result.exitCode}`;
  throw new CodegenError(`buf ${args[0]}: ${said}`);
}

/**
 * Buf's program for this platform. Its package has a script that runs it, which takes longer than the program itself;
 * that is for where the program is elsewhere, since the script may have downloaded it.
 */
function findProgram(): [program: string, ...args: string[]] {
  const buf = findPeer("@bufbuild/buf");
  const { platform, arch } = process;
  const processor = (platform === "linux" && LINUX_PROCESSORS[arch]) || arch;
  const name = platform === "win32" ? "buf.exe" : "buf";
  try {
    const require = createRequire(join(buf, "package.json"));
    return [require.resolve(`@bufbuild/buf-${platform}-${processor}/bin/${name}`)];
  } catch {
    return [process.execPath, join(buf, "bin", "buf")];
  }
}

/** Where the names of Buf's packages differ from Node's. */
const LINUX_PROCESSORS: Readonly<Record<string, string>> = { arm64: "aarch64", arm: "armv7" };
