import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Makes a directory for as long as `use` takes, whose name begins with `prefix`. It also goes away when the process is told
 * to end meanwhile: users press Ctrl-C.
 */
export async function withScratchDirectory<T>(
  prefix: string,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(prefix);
  const remove = () => rmSync(directory, { recursive: true, force: true });
  const end = (signal: NodeJS.Signals) => {
    remove();
    for (const each of SIGNALS) process.off(each, end);
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    return await use(directory);
  } finally {
    for (const signal of SIGNALS) process.off(signal, end);
    remove();
  }
}
