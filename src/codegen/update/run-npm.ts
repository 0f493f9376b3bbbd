import { spawn } from "node:child_process";
import { once } from "node:events";
import { CodegenError } from "../errors.ts";

/** Runs the npm client in a directory. Throws if it fails. */
export type RunNpm = (args: readonly string[], directory: string) => Promise<void>;

/** npm's output goes to stderr: stdout is for the result. */
export const runNpm: RunNpm = async (args, cwd) => {
  // On Windows, npm is a script, which needs a shell.
  const shell = process.platform === "win32";
  const child = spawn("npm", args, { cwd, shell, stdio: ["ignore", 2, 2] });
  const [code]: (number | null)[] = await once(child, "close");
  if (code !== 0) throw new CodegenError(`npm ${args.join(" ")} failed; see its output above`);
};
