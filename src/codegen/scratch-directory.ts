import { rmdirSync, rmSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import { dirname } from "node:path";
import { isInterrupted, onInterruption } from "./interruption.ts";

/**
 * Creates a directory whose name begins with `prefix`, for the duration of `use`. Also creates missing parent
 * directories, but keeps only those that `use` has put something in. On a signal that ends the process, the directory
 * is removed too.
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
    // On a signal, the signal handler removes it, once nothing writes to it any longer.
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
