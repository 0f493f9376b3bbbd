import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** The cost of a process from its start to its end, including Node itself. */
export interface ProcessCost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** Descriptor 3 is ours: a program may print. */
const TELL = `
  process.on("exit", () => {
    const wallMs = performance.now();
    const { user, system } = process.cpuUsage();
    process.getBuiltinModule("fs").writeSync(3, JSON.stringify({ wallMs, cpuMs: (user + system) / 1000 }));
  });`;

/**
 * Runs a program in a process of its own. It must be an ES module in JavaScript, since it would otherwise pay for the
 * removal of its types. Throws if it fails.
 */
export async function runFresh(
  code: string,
  { cwd, env = process.env }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv | undefined },
): Promise<ProcessCost> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", `${TELL}${code}\nprocess.exit();`], {
    cwd,
    env,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const [, , errors, cost] = child.stdio;
  const [failure, told, [exitCode]] = await Promise.all([
    text(errors as NodeJS.ReadableStream),
    text(cost as NodeJS.ReadableStream),
    once(child, "exit"),
  ]);
  if (exitCode !== 0) throw new Error(`the program ended with ${exitCode}: ${failure}`);
  return JSON.parse(told);
}
