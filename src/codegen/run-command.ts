import { spawn } from "node:child_process";
import { CodegenError } from "./errors.ts";
import { isInterrupted, onInterruption } from "./interruption.ts";

/** How a program ended. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Not 0 where it was ended by a signal. */
  readonly exitCode: number;
}

export interface CommandOptions {
  readonly cwd?: string | undefined;
  /** Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Whether a shell looks for the program, which has to be where it is a script. Default: false. */
  readonly shell?: boolean | undefined;
}

/** An API of thousands of RPCs breaks in many places at once; more output is a fault. */
const MAX_OUTPUT_BYTES = 2 ** 28;
/** How long a program has to end by itself, in milliseconds. */
const GRACE_MS = 1000;

/** Programs get a process group of their own, which is ended as a whole: Buf starts plugins, npm starts others. */
const HAS_GROUPS = process.platform !== "win32";

/**
 * Runs a program to its end, whatever its exit code. It is ended when this process is told to end.
 *
 * @throws CodegenError where the program is not installed, or has too much to say
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  { cwd, env, shell = false }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(file, args, {
    cwd,
    env,
    shell,
    detached: HAS_GROUPS,
    windowsHide: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (signal: NodeJS.Signals) => {
    try {
      if (HAS_GROUPS && child.pid !== undefined) process.kill(-child.pid, signal);
      else child.kill(signal);
    } catch {
      // It has ended.
    }
  };
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      if (output[name].length > MAX_OUTPUT_BYTES) child.emit("error", new Error("it said too much"));
    });
  }
  const closed = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  });
  const forget = onInterruption(async () => {
    kill("SIGTERM");
    const timer = setTimeout(kill, GRACE_MS, "SIGKILL");
    await closed.catch(() => {});
    clearTimeout(timer);
  });
  try {
    const exitCode = await closed;
    // The end of this process is near, and whoever waits would only report why.
    if (isInterrupted()) await new Promise(() => {});
    return { ...output, exitCode };
  } catch (error) {
    kill("SIGKILL");
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const problem = missing ? "it is not installed" : error instanceof Error ? error.message : String(error);
    throw new CodegenError(`${file} cannot be run: ${problem}`);
  } finally {
    forget();
  }
}
