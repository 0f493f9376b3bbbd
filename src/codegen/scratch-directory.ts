import { rmdirSync, rmSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import { dirname } from "node:path";
import { isInterrupted, onInterruption } from "./interruption.ts";

/**
 * Makes a directory for as long as `use` takes, whose name begins with `prefix`, and the directories above it where they
 * are missing; of those, only what `use` has put something into stays. It also goes away when the process is told to
 * end meanwhile.
 */
export async function withScratchDirectory<T>(
  prefix: string,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const parent = dirname(prefix);
  const made = await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(prefix);
  const remove = () => {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    if (made !== undefined) removeEmpty(parent, made);
  };
  const forget = onInterruption(remove);
  try {
    return await use(directory);
  } finally {
    forget();
    // What ends the process removes it, once nothing writes to it any more.
    if (!isInterrupted()) remove();
  }
}

/** Removes directories from the lowest one up to `highest`, until one has something in it. */
function removeEmpty(lowest: string, highest: string): void {
  try {
    for (let path = lowest; path.length >= highest.length; path = dirname(path)) rmdirSync(path);
  } catch {
    // It is in use.
  }
}
