import { spawn } from "node:child_process";
import { CodegenError } from "./errors.ts";
import { isInterrupted, onInterruption } from "./interruption.ts";

/** How a program ended. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Not 0 if a signal ended it. */
  readonly exitCode: number;
}

export interface CommandOptions {
  readonly cwd?: string | undefined;
  /** Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Whether a shell runs the program, which is necessary for scripts on Windows. Default: false. */
  readonly shell?: boolean | undefined;
}

/** Enough for an API of thousands of RPCs that breaks in many places; more output is an error. */
const MAX_OUTPUT_BYTES = 2 ** 28;
/** How long a program may take to exit by itself after a signal, in milliseconds. */
const GRACE_MS = 1000;

/** Each program has its own process group, which is ended as a whole, since Buf and npm start other programs. */
const HAS_GROUPS = process.platform !== "win32";

/**
 * Runs a program to its end, whatever its exit code. A signal that ends this process ends the program too.
 *
 * @throws CodegenError if the program is not installed, or prints too much
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
      // It has already exited.
    }
  };
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      if (output[name].length > MAX_OUTPUT_BYTES) child.emit("error", new Error("it printed too much"));
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
    // This process is about to end; the caller would only report a failure that this causes.
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
